"""Mails as the RFCs' own examples are built, about a message of ours."""

from __future__ import annotations


def crlf(text: str) -> bytes:
    return text.strip("\n").replace("\n", "\r\n").encode()


def reply(
    message: str,
    text: str = "Received.",
    subject: str = "Re: Order",
    extra: str = "",
    sender: str = "desk@platform.example",
) -> bytes:
    """A reply (RFC 5322 appendix A.2)."""
    return crlf(
        f"""
From: Desk <{sender}>
To: channel@ministry.example
Subject: {subject}
Message-ID: <abcd.1234@platform.example>
In-Reply-To: <{message}@sopflow.invalid>
References: <{message}@sopflow.invalid>
Date: Thu, 10 Aug 2017 09:30:00 +0700
{extra}Content-Type: text/plain; charset=utf-8

{text}
""".replace("\n\nContent-Type", "\nContent-Type")
    )


def bounce(message: str, action: str = "failed", status: str = "5.1.1", whole: bool = True) -> bytes:
    """A delivery report (RFC 3464 appendix E.1: a simple DSN)."""
    third = f"""Content-Type: message/rfc822

Message-ID: <{message}@sopflow.invalid>
From: channel@ministry.example
To: desk@platform.example
Subject: Order

This is the message."""
    headers = f"""Content-Type: text/rfc822-headers

Message-ID: <{message}@sopflow.invalid>
Subject: Order
"""
    return crlf(f"""
Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
Message-Id: <199407072116.RAA14128@CS.UTK.EDU>
Subject: Returned mail: Cannot send message for 5 days
To: <owner-info-mime@cs.utk.edu>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
      boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

The original message was received at Sat, 2 Jul 1994 17:10:28 -0400
from root@localhost

   ----- The following addresses had delivery problems -----
<desk@platform.example>  (unrecoverable error)

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status

Reporting-MTA: dns; cs.utk.edu

Original-Recipient: rfc822;desk@platform.example
Final-Recipient: rfc822;desk@platform.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 desk@platform.example unknown
Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400

--RAA14128.773615765/CS.UTK.EDU
{third if whole else headers}

--RAA14128.773615765/CS.UTK.EDU--
""")


def read_receipt(message: str, disposition: str = "manual-action/MDN-sent-manually; displayed") -> bytes:
    """A read receipt (RFC 8098 section 9: example)."""
    return crlf(f"""
Date: Wed, 20 Sep 1995 00:19:00 (EDT) -0400
From: Joe Recipient <desk@platform.example>
Message-Id: <199509200019.12345@example.com>
Subject: Re: First draft of report
To: Jane Sender <channel@ministry.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification;
      boundary="RAA14128.773615765/example.com"

--RAA14128.773615765/example.com
Content-type: text/plain

The message sent on 1995 Sep 19 at 13:30:00 (EDT) -0400 to Joe Recipient
with subject "First draft of report" has been displayed.

This is no guarantee that the message has been read or understood.

--RAA14128.773615765/example.com
content-type: message/disposition-notification

Reporting-UA: joes-pc.cs.example.com; Foomail 97.1
Original-Recipient: rfc822;desk@platform.example
Final-Recipient: rfc822;desk@platform.example
Original-Message-ID: <{message}@sopflow.invalid>
Disposition: {disposition}

--RAA14128.773615765/example.com
content-type: message/rfc822

[original message optionally goes here]

--RAA14128.773615765/example.com--
""")


def abuse_report(message: str) -> bytes:
    """A feedback report (RFC 5965 appendix B.1: simple report for email abuse)."""
    return crlf(f"""
From: <abusedesk@example.com>
Date: Thu, 8 Mar 2005 17:40:36 EDT
Subject: FW: Earn money
To: <abuse@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
192.0.2.1 on Thu, 8 Mar 2005 14:00:00 EDT.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

Received: from mailserver.example.net
     (mailserver.example.net [192.0.2.1])
     by example.com with ESMTP id M63d4137594e46;
     Thu, 08 Mar 2005 14:00:00 -0400
From: <channel@ministry.example>
To: <desk@platform.example>
Subject: Order
MIME-Version: 1.0
Content-type: text/plain
Message-ID: <{message}@sopflow.invalid>
Date: Thu, 02 Sep 2004 12:31:03 -0500

Spam Spam Spam
--part1_13d.2e68ed54_boundary--
""")
