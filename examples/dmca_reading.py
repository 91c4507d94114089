"""Read free-text DMCA documents: which statutory elements they hold, and which repositories they concern.

The law asks six elements of a notice, 17 USC 512(c)(3)(A), and four of a counter-notice, 17 USC 512(g)(3); it asks none
of a retraction. `read` looks for each element and gives a `Verdict`; `candidates` finds the notices that a
counter-notice or a retraction may answer.

How an element is found, in this order:

* Many documents are answers to a web form. The form's questions are recognised (`_QUESTIONS`) and taken out, so that a
  statement quoted in a question never counts as made; a question with an answer counts for its element.
* Everything else is prose, searched with the tables of patterns below.

The reading is conservative. MISSING means that nothing in the text shows the element by one of the patterns, not that a
lawyer could not argue for it. It says nothing about whether a statement is true, or a name is the signer's.

Limits that matter to a reader of the result:

* REDACTED of a personal element (signature, contact) means that at least part of the passage which carries it was
  replaced; of a descriptive element (work, material), that nothing but the replacement is left.
* A replacement without a label says not what it hid, and counts only as the name at the foot of a document. Three or
  more in a row, with no word between, hold more than a name, and count as contact information.
* The documents do not tell reported from original addresses apart. Where the text makes it evident (the form's own
  questions; a heading such as "The original material is located at"; "copied from the project ...") the originals are
  left out; otherwise they are kept.
* Addresses of GitHub Pages (owner.github.io) and gists locate material, but name no repository.
* The statements are recognised in English only, which is the language the host asks for; names, contact data and
  addresses are recognised in any language.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

NOTICE: Final = "notice"
COUNTER_NOTICE: Final = "counter_notice"
RETRACTION: Final = "retraction"
KINDS: Final = (NOTICE, COUNTER_NOTICE, RETRACTION)

NOTICE_ELEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signature": "17 USC 512(c)(3)(A)(i)",
        "work": "17 USC 512(c)(3)(A)(ii)",
        "material": "17 USC 512(c)(3)(A)(iii)",
        "contact": "17 USC 512(c)(3)(A)(iv)",
        "good_faith": "17 USC 512(c)(3)(A)(v)",
        "accuracy_and_perjury": "17 USC 512(c)(3)(A)(vi)",
    }
)
COUNTER_NOTICE_ELEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signature": "17 USC 512(g)(3)(A)",
        "material": "17 USC 512(g)(3)(B)",
        "mistake_under_perjury": "17 USC 512(g)(3)(C)",
        "contact_and_consent": "17 USC 512(g)(3)(D)",
    }
)


# --------------------------------------------------------------------------------------------------------------------
# Tables of patterns. A blank in a pattern stands for blanks with at most one line break, because the texts are wrapped
# at random; words on both sides of an empty line belong to different paragraphs, and are not read together.
# --------------------------------------------------------------------------------------------------------------------


def _pattern(source: str) -> re.Pattern[str]:
    """Compile a pattern of these tables: case-insensitive, by line, with blanks as said above (not within brackets)."""
    blanks = {" ": r"(?:[^\S\n]*\n?[^\S\n]*(?<=\s))", " ?": r"[^\S\n]*\n?[^\S\n]*"}
    spread = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]| \??", lambda token: blanks.get(token[0], token[0]), source)
    return re.compile(spread, re.IGNORECASE | re.MULTILINE)


# What the archive writes in place of personal data.
_REDACTION: Final = _pattern(r"\[\s*(?:private|redacted|removed|omitted)\s*\]")

# The archive's own introduction to some notices, closed by a rule: not the complainant's words.
_PREAMBLE: Final = re.compile(r"\A\s*Before disabling any content in relation to.*?\n-{3,}[ \t]*\n", re.DOTALL)

# The host's postal address at the head of a letter: an address, but not the complaining party's.
_HOST_ADDRESS: Final = _pattern(r"^[^\n]*(?:548 4th St|88 Coll?in P)[^\n]*(?:\n[^\n]*(?:San Francisco)[^\n]*)?")

# The web form's questions in all the wordings it has had. A question must be known to its end, or its end would pass
# for an answer.
_QUESTIONS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    # Asked of both parties; the answer is mostly "Yes" and carries no element.
    ("authority", _pattern(r"Are you the (?:copyright )?(?:owner|holder)\b[^?]{0,160}\?")),
    # Often names the originals, hence told apart from the reported material.
    ("ownership", _pattern(r"Please describe the nature of your (?:copyright|content) ownership[^.?:]{0,160}[.?:]")),
    # Element (ii); the short wording is the older one.
    (
        "work",
        _pattern(
            r"Please provide a detailed description of the original copyrighted work[^.?:]{0,120}[.?:]"
            r"(?: If possible, include a URL[^.?:]{0,80}[.?:])?"
            r"|What work was allegedly infringed\?(?: If possible, please provide a URL[.:]?)?"
        ),
    ),
    # Element (iii) of a notice, element (B) of a counter-notice.
    (
        "material",
        _pattern(
            r"What files (?:should be|were) taken down\?"
            r"(?: Please provide URLs? for each file,? or,? if the entire repository,? the repository's URL[.:]?)?"
        ),
    ),
    # Forks are reported content too: each has to be named.
    ("forks", _pattern(r"Have you searched for any forks[^?]{0,120}\?(?: Each fork is a distinct[^.]{0,200}\.)?")),
    # The next nine carry no element; they are known so that their answers are not read as another's.
    ("revised", _pattern(r"Are you submitting a revised DMCA notice[^?]{0,160}\?")),
    (
        "ticket",
        _pattern(r"Please provide the Zendesk ticket number[^.]{0,120}\.(?: Zendesk ticket numbers are[^.]*\.)?"),
    ),
    ("service", _pattern(r"Does your claim involve content on GitHub or npm\.?js\?")),
    (
        "measures",
        _pattern(
            r"Do you claim to have any technological measures[^?]{0,160}\?(?: Please see our[^.]{0,160}unsure\.)?"
            r"|What technological measures do you have in place[^?]{0,160}\?"
            r"|How is the accused project designed to circumvent[^?]{0,160}\?"
        ),
    ),
    (
        "licence",
        _pattern(
            r"Is the work licensed under an open source license\?(?: If so, which open source license\?)?"
            r"(?: Are the allegedly infringing files[^?]{0,160}\?)?"
            r"|Which license\?|How do you believe the license is being violated\?"
            r"|What changes can be made to bring the project into compliance[^?]{0,80}\?(?: For example,[^.]{0,160}\.)?"
        ),
    ),
    (
        "solution",
        _pattern(
            r"What would be the best solution for the alleged infringement\?"
            r"(?: Are there specific changes[^?]{0,100}\?)?"
            r"(?: Can the repository be made private\?)?"
        ),
    ),
    (
        "infringer",
        _pattern(r"Do you have the alleged infringer's contact information\?(?: If so, please provide it[.:]?)?"),
    ),
    ("dispute", _pattern(r"Do you want to make changes to your repository or do you want to dispute the notice\?")),
    ("more", _pattern(r"Is there anything else you think we should know about[^?]{0,120}\?(?: \(optional\))?")),
    # The four statements that older forms asked to be typed: the quotation is the form's, the answer is the party's.
    (
        "good_faith",
        _pattern(r"Type \(or copy and paste\) the following statement:? \"I have a good.faith[^\"]{0,400}\""),
    ),
    (
        "accuracy",
        _pattern(r"Type \(or copy and paste\) the following statement:? \"I swear[^\"]{0,60}information[^\"]*\""),
    ),
    (
        "mistake",
        _pattern(r"Type \(or copy and paste\) the following statement:? \"I swear[^\"]{0,60}good.faith[^\"]*\""),
    ),
    ("consent", _pattern(r"Type \(or copy and paste\) the following statement:? \"I consent[^\"]{0,500}\"")),
    # Names a page of the host, which is neither material nor work.
    (
        "guide",
        _pattern(
            r"Please confirm that you have (?:you have )?read our Guide to Submitting a DMCA "
            r"(?:Takedown|Counter) Notice[.:]?(?: <?https?://\S+)?"
        ),
    ),
    # Element (iv) of a notice, half of element (D) of a counter-notice.
    (
        "contact",
        _pattern(
            r"So that (?:we|the complaining party) can get back to you, please provide (?:either|both) "
            r"your telephone number (?:or|and) (?:your )?physical address[.:]?"
        ),
    ),
    # Element (i) or (A): the typed name is the electronic signature.
    ("signature", _pattern(r"Please type your full legal name (?:below to sign this request|for your signature)[.:]?")),
)

# An answer that refuses: it answers the question, but gives no element.
_REFUSAL: Final = re.compile(r"\A\W*(?:no|none|n/?a|not applicable|nil)\W*\Z", re.IGNORECASE)

# A sworn statement of the writer. The first person is asked for, because documents also quote the statute ("a statement
# under penalty of perjury that the complaining party ...") and accuse the other side of perjury.
_PERJURY: Final[tuple[re.Pattern[str], ...]] = (
    # "I swear, under penalty of perjury", "I, the undersigned, CERTIFY UNDER PENALTY OF PERJURY".
    _pattern(
        r"\b(?:(?-i:I)|we|undersigned|hereby|swear|certify|declare|affirm|attest|(?:it is )?my belief)\b[^.]{0,200}?"
        r"\b(?:penalt(?:y|ies)|pains?) (?:of|for) perjury"
    ),
    # "Under penalty of perjury, I state": the order turned round.
    _pattern(r"\b(?:penalt(?:y|ies)|pains?) (?:of|for) perjury\b[^.]{0,160}?\b(?:(?-i:I)|we|the undersigned)\b"),
    # "I declare under the perjury laws of the United States": the same oath without the word penalty.
    _pattern(r"\b(?:(?-i:I)|we)\b[^.]{0,80}?\bunder the perjury laws"),
)

# Element (v): the belief must be in good faith and concern a use that is not allowed; a bare "this infringes" is not.
_GOOD_FAITH: Final[tuple[re.Pattern[str], ...]] = (
    _pattern(
        r"(?:good.faith(?: and \w+)? beliefs?|good.faith believe|believe,? in good faith"
        r"|in good faith,? (?:I |we )?believe)"
        r"[\s\S]{0,400}?(?:\b(?:not|never|none|nor|no|isn't|aren't|hasn't|haven't)\b[^.]{0,160}?"
        r"\b(?:authori[sz]ed|permitted|licensed|allowed)|\bunauthori[sz]ed|\bunlawful|\bwithout (?:\w+ ){0,3}?"
        r"(?:authori[sz]ation|permission|consent|licen[cs]e))"
    ),
)

# Element (vi), first half: the information is accurate.
_ACCURACY: Final[tuple[re.Pattern[str], ...]] = (
    # "the information in this notification is accurate", "this notification is true and correct".
    _pattern(
        r"\b(?:information|notification|notice|statements?|claims?|letter)\b[^.]{0,120}?\b(?:is|are|be) (?:\w+ ){0,3}?"
        r"(?:accurate|true|correct)\b"
    ),
)

# Element (vi), second half: the writer is, or is authorised by, the owner.
_AUTHORITY: Final[tuple[re.Pattern[str], ...]] = (
    _pattern(r"\bauthori[sz]ed (?:\w+ ){0,3}?(?:to act|to (?:make|submit|file)|agent|representative|on behalf)"),
    _pattern(r"\b(?:agent|representative) (?:\w+ ){0,3}?authori[sz]ed"),
    _pattern(r"\b(?:am|are|is) (?:\w+ ){0,4}?(?:owners?|holders?|authors?)\b"),
    _pattern(r"\bon behalf of the (?:\w+ ){0,3}?(?:owner|holder)"),
)

# Element (C): removal by mistake, as the writer's belief or assertion.
_MISTAKE: Final[tuple[re.Pattern[str], ...]] = (
    _pattern(
        r"\b(?:belie(?:f|ve)|swear|assert|declare|affirm|state|certify)\b[\s\S]{0,400}?"
        r"\b(?:mistakes?|mistaken(?:ly)?|mis-?identif\w+|misunderst\w+|erroneous(?:ly)?|(?:in|by|an) error)\b"
    ),
)

# Element (D): submission to a court. "subject me to" is how one says it when one "realises" it.
_JURISDICTION: Final = _pattern(r"\b(?:consent|agree|submit|subject|accept)\w*\b[^.]{0,120}?\bjurisdiction\b")

# Element (D): service of process. A bare "service" would be the terms of service.
_SERVICE: Final = _pattern(r"\b(?:accept\w*|consent\w*|agree\w*)\b[^.]{0,160}?\bservice (?:of process|by|from)\b")

# Explicit signatures, with the text that carries the name as the last group.
_SIGNATURES: Final[tuple[re.Pattern[str], ...]] = (
    # "/s/ Name", "/[private]/": the customary mark of a conformed signature.
    _pattern(r"(?:^|\s)(/s/[ \t]*\S[^\n]*|/ ?\[\s*(?:private|redacted)\s*\] ?/)"),
    # "Signed: Name", "Electronically signed by the undersigned, Name", "Signature:" with the name on the next line.
    _pattern(
        r"(?:^[^\S\n]{0,9}[^\w\s]{0,9}[^\S\n]{0,9}|\b(?:electronically|digitally)[ \t]+)"
        r"(?:\w+[ \t]+)?(?:signed|signature|submitted by|authorized)\b"
        r"(?:[ \t]+(?:by|electronically))?[ \t]*[:;,\n][ \t\n]*([^\n]*(?:\w|\])[^\n]*)"
    ),
    # "This notice is electronically signed by the undersigned", "I hereby sign this document electronically".
    _pattern(
        r"\b((?:is|are|hereby|been) (?:\w+ )?(?:electronica\w+ |digitally )?sign(?:ed)? "
        r"(?:\w+ ){0,2}?(?:by|using|with|electronica\w+)[^\n]*)"
    ),
    # "this shall serve as my electronic signature", "My electronic signature follows": a declared signature.
    _pattern(
        r"\b((?:this|my|our|the following|below|above|name|here)[^.\n]{0,80}? (?:electronic |digital )signature\b[^\n]*"
        r"(?:\n+[^\n]*)?(?:\n+[^\n]*)?)"
    ),
)

# A closing formula alone on its line, in the languages seen; the next line must then look like a name.
_VALEDICTION: Final = re.compile(
    r"^[\W_]*(?:(?:yours|very|most) )?(?:with |mit \w+ )?(?:(?:very|kind|best|warm) )?"
    r"(?:sincerely|faithfully|truly|truthfully|respectfully|cordially|regards|wishes|best|thanks|thank you|many thanks|"
    r"cheers|signed|cordialement|salutations|saludos|atentamente|atenciosamente|gr(?:ü|ue)(?:ß|ss)en?|groet(?:en)?|"
    r"с уважением|此致|谢谢)\b[^\n]{0,45}$",
    re.IGNORECASE,
)

# A name: a replacement, or up to six words without the full stop of a sentence, a label's colon or an address.
_NAME: Final = re.compile(r"^[\W_]*[^\W\d_][^\n:@/]{1,60}$")

# Contact data with a label, for both kinds of party. Last group: the value.
_CONTACT_LABELS: Final[tuple[re.Pattern[str], ...]] = (
    # "Phone: ...", "Mailing Address: ...", with the value on this line or the next.
    _pattern(
        r"\b(?:address(?:es)?|adress|tele?phone|phone|tel|mobile|cell(?:phone)?|office|fax)\b\.?"
        r"(?:[ \t]*\(?(?:no|nr|number|numer|numbers|mobile)\b\.?\)?)?[ \t]*[:：][ \t\n]*(\S[^\n]*)"
    ),
    # "My address is ...", "telephone [private]".
    _pattern(
        r"\b(?:address|telephone|phone|mobile|cell|fax)(?: number)?(?: is:?|[ \t]*\+)? "
        r"(\[\s*(?:private|redacted)\s*\]|\+?\(?\d[\d ()./-]{6,})"
    ),
    # "My contact information is as follows:" with whatever follows.
    _pattern(
        r"\bcontact (?:details|data|info(?:rmation)?)\b[^:：\n]{0,60}[:：](?!//)[ \t\n]*"
        r"(\S[^\n]*(?:\n[^\n]+)?(?:\n[^\n]+)?)"
    ),
    # The statute's own number as a label.
    _pattern(r"512\(c\)\(3\)\(A\)\(iv\)[ \t]*[:：][ \t\n]*(\S[^\n]*)"),
    # The labels of a signature block: "m [private] | t [private]".
    _pattern(r"^[^\w\[\n]*[mtpfed]\b[^\w\[\n]{0,4}(\[\s*(?:private|redacted)\s*\]|\+?\(?\d[\d ()./-]{6,})"),
    # A heading of a structured notice, with its content on the next line.
    _pattern(r"^[^\w\n]*(?:notifying|complaining) party[ \t]*:?[ \t]*\n\s*(\S[^\n]*)"),
    # "may be contacted at ...", "contact me at [private]".
    _pattern(
        r"\b(?:be (?:contacted|reached)|contact (?:me|us|the undersigned|our|my)|reach (?:me|us)|reply to)\b"
        r"[^.]{0,120}?(\[\s*(?:private|redacted)\s*\]|[\w.+-]{1,64}@[\w.-]{1,64}\.\w+|\+?\(?\d[\d ()./-]{6,})"
    ),
)

# An e-mail address is enough to reach the complaining party, but no address and telephone number for service.
_EMAIL: Final[tuple[re.Pattern[str], ...]] = (
    _pattern(r"\be-?mail\b(?:[ \t]*(?:address|id))?[ \t]*[:：][ \t\n]*(\S[^\n]*)"),
    _pattern(r"\b([\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{1,64})"),
)

# Contact data that shows by its form.
_CONTACT_FORMS: Final[tuple[re.Pattern[str], ...]] = (
    # A postal town line: "Springfield, IL 62701", "New York, New York 10001".
    _pattern(
        r"^([^\n]{0,80}?\b[A-Za-z]{1,40},? (?-i:[A-Z]{2}|[A-Z][a-z]+(?:[ \t][A-Z][a-z]+)?),?[ \t]+"
        r"\d{5}(?:-\d{4})?\b[^\n]*)$"
    ),
    # A street line: "1201 Example Street, 9th Floor".
    _pattern(
        r"^[^\w\n]{0,20}(\d+[A-Za-z]? (?-i:[A-Z])[\w.]*(?:[ \t](?-i:[A-Z])[\w.]*){0,3}[ \t]"
        r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|court|way|place|square|plaza)\b[^\n]*)$"
    ),
    # Three or more replacements in a row, with no word between: more than a name was there.
    _pattern(r"(^[^\w\[\n]*(?:\[\s*(?:private|redacted)\s*\][^\w\[]*){3,})"),
)

# The other side's contact data, the host's, and web addresses, which are no element.
_NOT_OWN_CONTACT: Final = _pattern(
    r"infring|@github\.com|\b(?:the|this|that|git ?hub) user\b|repository owner|\bhttps?://|\bweb ?(?:site)? ?address\b"
    r"|\b(?:url|ip) address\b|\b\d{1,3}(?:\.\d{1,3}){3}\b"
)

# Element (ii) in prose: the words with which a work is named as someone's.
_WORK: Final[tuple[re.Pattern[str], ...]] = (
    # "the original work", "original source code".
    _pattern(
        r"\boriginal (?:[\w-]+ ){0,3}?"
        r"(?:works?|contents?|materials?|sources?|code|software|repositor\w+|projects?)\b"
    ),
    # "copyrighted works: ...", "the copyrighted work is", "works: ..."; a bare mention of copyrighted works names none.
    _pattern(
        r"\bcopyright(?:ed|able)? (?:[\w-]+ ){0,3}?"
        r"(?:works?|property|code|software|sources?|materials?|files?|contents?)"
        r"(?:\(s\))?(?:[^.:]{0,80}:| (?:at issue|in question|called|is|are|being|that is|that are)\b|\W{0,3}https?://)"
        r"|^[^\w\n]{0,9}\d{0,3}[^\w\n]{0,9}works?(?:\(s\))?(?: description)?[ \t]*:|\bcopyrighted property of\b"
    ),
    # "copied code from a GPL repository": the source is the work.
    _pattern(
        r"\b(?:copied|taken(?! down)|stolen|cloned|ported|derived|decompiled)\b(?: [\w-]+){0,4}? from "
        r"(?:a|an|the|my|our|https?|\(|(?-i:[A-Z]))"
    ),
    # "my code", "our proprietary product": possession.
    _pattern(
        r"\b(?:my|our|(?-i:[A-Z])\w+'s) (?:[\w'-]+ ){0,4}?"
        r"(?:code|sources?|source-code|software|works?|books?|products?|plug-?ins?|projects?|contents?|materials?|files?|apps?|applications?|games?|repositor\w+|fonts?|courses?|data)\b"
    ),
    # "the author of", "copyright holder in", "property of": ownership of a named thing.
    _pattern(
        r"\b(?:authors?|copyrights?|copyright owner|developer|property|holders?) (?:of|for|in|to) "
        r"(?!an exclusive|the owner|infring)"
    ),
    # "the product in question is", "the source code of our": naming without claiming.
    _pattern(
        r"\bthe (?:works?|products?|software|books?|titles?|contents?|code) in question\b"
        r"|\b(?:source ?code|code|cop(?:y|ies)|contents?) of (?:my|our)\b"
    ),
    # "belongs to", "owned by", "copyrighted by", "is proprietary": the same from the work's side.
    _pattern(
        r"\bbelong(?:s|ing)? to\b|\b(?:owned|copyrighted|developed|published|created|licensed) by\b"
        r"|\bproprietary\b"
    ),
    # The statute's own number as a label.
    _pattern(r"512\(c\)\(3\)\(A\)\(ii\)"),
)

# The statements speak of "copyrighted materials" and "the owner of" without naming any: they are no identification.
_STOCK_SENTENCE: Final = _pattern(r"\b(?:good.faith|penalty of perjury|Guide to (?:Fil\w+|Submitting))\b")

# Where material can be located on the host: repositories, accounts, gists, pages.
_LOCATION: Final = _pattern(
    r"(?:github\.com|githubusercontent\.com|npmjs\.(?:com|org))/+[A-Za-z0-9._~%@-]|\b[\w-]{1,39}\.github\.io\b"
)

# The host's own pages, which locate nothing.
_HOST_PAGE: Final = _pattern(
    r"(?:https?://)?(?:(?:help|docs|support|developer|services|blog|status|education)\.github\.com|github\.blog)\S*"
    r"|(?:https?://)?(?:www\.)?github\.com/(?:github/(?:dmca|site-policy|docs)|contact|settings|site|login|join)(?!\w)\S*"
)

# A link elsewhere that is called infringing, before or after: hosts also serve other domains.
_REPORTED_LINK: Final = _pattern(
    r"\b(?:infring(?:ing|es|ements?)|copied)\b[^?]{0,200}?\bhttps?://\w"
    r"|\bhttps?://\S+[^?]{0,120}?\b(?:not authori[sz]ed|unauthori[sz]ed|infring(?:es|ing))\b"
)

# A place that was named, but replaced.
_REDACTED_LOCATION: Final = _pattern(
    r"\b(?:locat\w+|link|url|repository|repositories|files?|at)\b[^.\n]{0,60}[:\s]\s*\[\s*(?:private|redacted)\s*\]"
)

# Headings of a free text after which addresses are originals ("infringed": the work), not reported ...
_ORIGINAL_HEADING: Final[tuple[re.Pattern[str], ...]] = (
    _pattern(
        r"\b(?:original|copyright(?:ed)?) (?:[\w-]+ ){0,2}?"
        r"(?:works?|contents?|materials?|code|sources?|licen[cs]e)\b"
    ),
    _pattern(r"\bidentif\w+ (?:of )?(?:the |my |our )?copyrighted works?\b"),
)
# A numbered notice follows the statute: what stands below this heading is the work, wherever else it is named.
_WORK_HEADING: Final = _pattern(
    r"^[^\w\n]*(?:\d[\d.)]*)?[^\w\n]*identif\w+ (?:of )?(?:the |my |our )?copyright(?:ed)? works?\b"
)
# ... and words that make the following addresses reported ones, whatever else the line says.
_REPORTED_HEADING: Final = _pattern(
    r"\binfring(?:ing|es?|ements?)\b|\bunauthori[sz]ed\b|\bviolat\w+|\btake[n -]*down\b|\bremov\w+|\bcop(?:y|ies|ied)\b"
    r"|\bdisabled?\b|\breport\w*|\bstolen\b"
)

# "copied from the repository https://...": the address is the source that was copied, not the copy. Few words are let
# in between, or "stolen from us and put on https://..." would be taken for it.
_COPIED_FROM: Final = _pattern(
    r"\b(?:copied|taken(?! down)|stolen|cloned|ported|derived|decompiled)\b(?: [\w-]+){0,4}? from "
    r"(?:(?:an?|the|my|our|its|original|public|private|open.source|(?-i:[A-Z]{2,})|"
    r"repository|repo|project|code|work|library) )"
    r"{0,6}[(<:\s]*(?:https?://)?(?:www\.)?github\.com/\S+"
)

# The short form of a repository, alone on its line.
_SHORT_REPOSITORY: Final = re.compile(r"^[\W_]*([a-z0-9][a-z0-9-]{1,38}/[a-z0-9._-]{2,100})\s*$", re.IGNORECASE)

# A repository's address in the forms it is written in: page, clone, raw file, archive, programming interface.
_REPOSITORY: Final = re.compile(
    r"(?<![a-z0-9.@-])(?:https?://|git://|ssh://)?(?:git@)?"
    r"(?:(?:www\.|raw\.|codeload\.)?github\.com[/:]+|raw\.githubusercontent\.com/+|api\.github\.com/repos/+)"
    r"([a-z0-9][a-z0-9-]{0,38})/+([a-z0-9._-]{1,100})",
    re.IGNORECASE,
)

# An address that is broken after a hyphen, and goes on with the path on the next line.
_BROKEN_ADDRESS: Final = re.compile(
    r"(github\.com/[\w.-]+/[\w.-]*-)[ \t]*\n(?=[\w.-]+/(?:blob|tree|raw|commits?|releases|archive|wiki)/)",
    re.IGNORECASE,
)

# First path segments that are the host's pages, not accounts.
_RESERVED_OWNERS: Final = frozenset(
    {
        "about",
        "account",
        "apps",
        "blog",
        "business",
        "codespaces",
        "collections",
        "contact",
        "customer-stories",
        "dashboard",
        "discussions",
        "enterprise",
        "events",
        "explore",
        "features",
        "gist",
        "help",
        "issues",
        "join",
        "login",
        "logout",
        "marketplace",
        "new",
        "notifications",
        "organizations",
        "orgs",
        "pricing",
        "pulls",
        "readme",
        "repos",
        "resources",
        "search",
        "security",
        "sessions",
        "settings",
        "signup",
        "site",
        "site-policy",
        "solutions",
        "sponsors",
        "stars",
        "support",
        "team",
        "terms",
        "topics",
        "trending",
        "users",
        "watching",
    }
)

# Repositories of the host with its policies and its archive of notices: cited by many, reported by none.
_POLICY_REPOSITORIES: Final = frozenset(
    {"github.com/github/dmca", "github.com/github/site-policy", "github.com/github/docs"}
)


# --------------------------------------------------------------------------------------------------------------------
# Data
# --------------------------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """Whether a document holds a statutory element."""

    PRESENT = "present"
    REDACTED = "redacted"
    MISSING = "missing"


class BadDocument(ValueError):
    """A row that is no document.

    Attributes:
        field: Name of the field at fault, or `line` when the row could not be read at all.
        value: What was found there, or None when there was nothing.
        remedy: What would make it good.
    """

    def __init__(self, field: str, value: object, remedy: str) -> None:
        """Name the fault.

        Args:
            field: Name of the field at fault.
            value: What was found there.
            remedy: What would make it good.
        """
        self.field = field
        self.value = value
        self.remedy = remedy
        shown = repr(value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        super().__init__(f"{field}: got {shown}; {remedy}")


def _text_field(row: Mapping[str, object], name: str) -> str:
    """Return a mandatory, non-empty text of a row."""
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadDocument(name, value, "give a non-empty text")
    return value


@frozen(kw_only=True)
class Document:
    """A document as published.

    Attributes:
        file: Its name in the archive, which identifies it.
        date: Date of publication.
        kind: One of `KINDS`.
        urls: Every address in the text, in order.
        text: The text as published.
    """

    file: str
    date: datetime.date
    kind: str
    urls: tuple[str, ...] = ()
    text: str

    @classmethod
    def parse(cls, row: Mapping[str, object]) -> Document:
        """Check a row and make a document of it.

        Args:
            row: Fields by name: `file`, `date` (YYYY-MM-DD), `kind` and `text` are mandatory, `urls` may be left out.

        Returns:
            The document.

        Raises:
            BadDocument: A field is missing or wrong.
        """
        file = _text_field(row, "file")
        written = _text_field(row, "date")
        try:
            if len(written) != len("YYYY-MM-DD"):  # Shorter ISO forms, and weeks, are no dates of the archive.
                raise ValueError(written)
            date = datetime.date.fromisoformat(written)
        except ValueError:
            raise BadDocument("date", written, "give a calendar date as YYYY-MM-DD") from None
        kind = _text_field(row, "kind")
        if kind not in KINDS:
            raise BadDocument("kind", kind, "give one of " + ", ".join(KINDS))
        text = _text_field(row, "text")
        urls = row.get("urls", [])
        if not isinstance(urls, list | tuple):
            raise BadDocument("urls", urls, "give a list of texts, or leave it out")
        for url in urls:
            if not isinstance(url, str):
                raise BadDocument("urls", url, "give a list of texts only")
        return cls(file=file, date=date, kind=kind, urls=tuple(urls), text=text)

    @classmethod
    def parse_line(cls, line: str) -> Document:
        """Make a document of a line of JSON.

        Args:
            line: A JSON object with the fields that `parse` asks for.

        Returns:
            The document.

        Raises:
            BadDocument: The line is not a JSON object, or a field is missing or wrong.
        """
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadDocument("line", line, f"give one JSON object per line ({error})") from None
        if not isinstance(row, dict):
            raise BadDocument("line", line, "give one JSON object per line")
        return cls.parse(row)


@frozen(kw_only=True)
class Reading:
    """What a document holds.

    Attributes:
        document: The document read.
        elements: A verdict for each statutory element of its kind, in the order of the statute; empty for a retraction.
        repositories: The reported repositories as lower-case "github.com/owner/repo", in order, each once.
    """

    document: Document
    elements: Mapping[str, Verdict] = field(hash=False)
    repositories: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The elements that were not found, in the order of the statute."""
        return tuple(name for name, verdict in self.elements.items() if verdict is Verdict.MISSING)


# --------------------------------------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------------------------------------


def normalise_repository(url: str) -> str | None:
    """Return the repository that an address leads to.

    Args:
        url: An address, with or without scheme; of a page, a file, a clone or a raw file.

    Returns:
        The repository as lower-case "github.com/owner/repo", or None when the address leads to no repository: another
        host, an account, a gist, or a page of the host itself.
    """
    return next(_repositories_in(url), None)


def _repositories_in(text: str) -> Iterator[str]:
    """Yield the repositories whose addresses stand in a text, in order, with repetitions."""
    for match in _REPOSITORY.finditer(text):
        owner = match[1].lower()
        name = match[2].lower().rstrip(".")
        if text[: match.start()].endswith("_"):
            name = name.rstrip("_")
        name = name.removesuffix(".git").rstrip(".")
        repository = f"github.com/{owner}/{name}"
        if name and owner not in _RESERVED_OWNERS and repository not in _POLICY_REPOSITORIES:
            yield repository


def _short_repositories(answer: str) -> list[str]:
    """Return the repositories of an answer that consists of nothing but their short forms.

    Beside anything else, "owner/name" may as well be the path of a file.
    """
    lines = [line for line in answer.splitlines() if re.search(r"[^\W_]", line)]
    found = [match[1] for match in map(_SHORT_REPOSITORY.match, lines) if match]
    if len(found) != len(lines):
        return []
    return [name for short in found for name in _repositories_in("github.com/" + short)]


@frozen(kw_only=True)
class _Parts:
    """A text taken apart.

    Attributes:
        answers: What was answered to each recognised question of the form, by the question's name.
        prose: The text without the form's questions.
        text: The whole text, cleaned.
    """

    answers: Mapping[str, str]
    prose: str
    text: str


def _clean(text: str) -> str:
    """Return a text without mark-up and typographic variety, which the patterns would all have to know."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\u200c", "")
    text = _PREAMBLE.sub("", text)
    text = _BROKEN_ADDRESS.sub(r"\1", text)
    text = re.sub(r"<a\s[^>]{0,300}>(.{0,300}?)</a>", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"[\u2018\u2019\u00b4`]", "'", text)
    text = re.sub(r"[\u201c\u201d]", '"', text)
    return re.sub(r"\*\*|(?<!\S)__|__(?!\S)", "", text)


def _take_apart(text: str) -> _Parts:
    """Separate the form's questions from what was answered and written besides."""
    text = _clean(text)
    found = sorted(
        (match.start(), match.end(), name) for name, pattern in _QUESTIONS for match in pattern.finditer(text)
    )
    answers: dict[str, str] = {}
    prose: list[str] = []
    position = 0
    for number, (start, end, name) in enumerate(found):
        prose.append(text[position:start])
        position = max(position, end)
        until = found[number + 1][0] if number + 1 < len(found) else len(text)
        answers[name] = answers.get(name, "") + "\n" + text[end:until]
    prose.append(text[position:])
    return _Parts(answers=answers, prose="\n".join(prose), text=text)


def _says_something(text: str) -> bool:
    """Tell whether an answer is one: it has a letter or digit, and is no bare refusal."""
    return bool(re.search(r"[^\W_]", text)) and not _REFUSAL.match(text)


def _personal(passage: str) -> Verdict:
    """Judge a passage that holds personal data: redacted as soon as part of it was replaced."""
    if not _says_something(passage):
        return Verdict.MISSING
    return Verdict.REDACTED if _REDACTION.search(passage) else Verdict.PRESENT


def _descriptive(passage: str) -> Verdict:
    """Judge a passage that describes something: present as soon as anything readable is left."""
    if _says_something(_REDACTION.sub("", passage)):
        return Verdict.PRESENT
    return Verdict.REDACTED if _REDACTION.search(passage) else Verdict.MISSING


def _stated(found: bool) -> Verdict:
    """Judge a statement: nothing of it is ever personal."""
    return Verdict.PRESENT if found else Verdict.MISSING


def _any(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    """Tell whether any of the patterns occurs."""
    return any(pattern.search(text) for pattern in patterns)


def _answered(parts: _Parts, question: str) -> bool:
    """Tell whether a question of the form was asked and answered."""
    return _says_something(parts.answers.get(question, ""))


def _signature(parts: _Parts) -> Verdict:
    """Find a signature: the form's, a declared or marked one, a name below a closing formula or at the foot."""
    verdict = _personal(_first_paragraph(parts.answers.get("signature", "")))
    if verdict is not Verdict.MISSING:
        return verdict
    for pattern in _SIGNATURES:
        for match in pattern.finditer(parts.prose):
            below = _name_lines(parts.prose[match.end() :].split("\n"))
            if below or not match[1].rstrip().endswith(":"):
                return _personal("\n".join([match[0], *below]))
    lines = parts.prose.split("\n")
    for number, line in enumerate(lines):
        if _VALEDICTION.match(line.strip()):
            verdict = _personal("\n".join([*_REDACTION.findall(line), *_name_lines(lines[number + 1 :])]))
            if verdict is not Verdict.MISSING:
                return verdict
    foot = [line.strip() for line in lines if line.strip()][-3:]
    return Verdict.REDACTED if any(_REDACTION.match(line.lstrip("*_-/ ")) for line in foot) else Verdict.MISSING


def _name_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines at the beginning that can be a name with its title and firm, at most three."""
    found: list[str] = []
    for line in (line.strip() for line in lines if line.strip()):
        name = _REDACTION.search(line) if ":" not in line else None
        if not name and (not _NAME.match(line) or line.endswith(".") or len(line.split()) > 6):
            break
        if _VALEDICTION.match(line) or len(found) == 3:
            break
        found.append(line)
    return found


def _first_paragraph(text: str) -> str:
    """Return the first block of lines that says something."""
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"[^\W_]", block):
            return block
    return ""


def _contact(parts: _Parts, *, email_suffices: bool) -> Verdict:
    """Find contact data of the writing party: the form's answer, labelled data, or data that shows by its form."""
    verdict = _personal(parts.answers.get("contact", ""))
    if verdict is not Verdict.MISSING:
        return verdict
    prose = _HOST_ADDRESS.sub("", parts.prose)
    passages: list[str] = []
    for pattern in (*_CONTACT_LABELS, *_CONTACT_FORMS, *(_EMAIL if email_suffices else ())):
        for match in pattern.finditer(prose):
            start = max(prose.rfind("\n", 0, match.start()), prose.rfind(". ", 0, match.start())) + 1
            first_line = prose[start : match.start(1)] + match[1].split("\n", 1)[0]
            if not _NOT_OWN_CONTACT.search(first_line) and _says_something(match[1]):
                passages.append(match[1])
    return _personal("\n".join(passages))


def _work(parts: _Parts) -> Verdict:
    """Find the identification of the work: the form's answer, or words that name something as someone's."""
    verdict = _descriptive(parts.answers.get("work", ""))
    if verdict is not Verdict.MISSING:
        return verdict
    prose = ".".join(sentence for sentence in parts.prose.split(".") if not _STOCK_SENTENCE.search(sentence))
    named = [prose[match.end() :].lstrip() for pattern in _WORK for match in pattern.finditer(prose)]
    if any(not _REDACTION.match(rest) for rest in named):
        return Verdict.PRESENT
    return Verdict.REDACTED if named else Verdict.MISSING


def _material(parts: _Parts) -> Verdict:
    """Find the place of the material: an address on the host, in the form's answer or anywhere in the prose."""
    asked = parts.answers.get("material", "") + "\n" + parts.answers.get("forks", "")
    for passage in (asked, parts.prose):
        if _LOCATION.search(_HOST_PAGE.sub("", passage)):
            return Verdict.PRESENT
    if _short_repositories(parts.answers.get("material", "")):
        return Verdict.PRESENT
    if _REPORTED_LINK.search(_HOST_PAGE.sub("", parts.prose)) or "://" in parts.answers.get("material", ""):
        return Verdict.PRESENT
    if _REDACTION.search(parts.answers.get("material", "")) or _REDACTED_LOCATION.search(parts.prose):
        return Verdict.REDACTED
    return Verdict.MISSING


def _perjury_passages(prose: str) -> list[str]:
    """Return the surroundings of each oath of the writer."""
    return [
        prose[max(0, match.start() - 500) : match.end() + 500]
        for pattern in _PERJURY
        for match in pattern.finditer(prose)
    ]


def _notice_elements(parts: _Parts) -> Mapping[str, Verdict]:
    """Judge the six elements of a notice."""
    sworn = any(_any(_AUTHORITY, passage) for passage in _perjury_passages(parts.prose))
    return MappingProxyType(
        {
            "signature": _signature(parts),
            "work": _work(parts),
            "material": _material(parts),
            "contact": _contact(parts, email_suffices=True),
            "good_faith": _stated(_answered(parts, "good_faith") or _any(_GOOD_FAITH, parts.prose)),
            "accuracy_and_perjury": _stated(_answered(parts, "accuracy") or (sworn and _any(_ACCURACY, parts.prose))),
        }
    )


def _counter_notice_elements(parts: _Parts) -> Mapping[str, Verdict]:
    """Judge the four elements of a counter-notice."""
    consent = _answered(parts, "consent") or bool(_JURISDICTION.search(parts.prose) and _SERVICE.search(parts.prose))
    contact = _contact(parts, email_suffices=False)
    return MappingProxyType(
        {
            "signature": _signature(parts),
            "material": _material(parts),
            "mistake_under_perjury": _stated(
                _answered(parts, "mistake") or (_any(_PERJURY, parts.prose) and _any(_MISTAKE, parts.prose))
            ),
            "contact_and_consent": contact if consent else Verdict.MISSING,
        }
    )


def _by_line(text: str, headings: Iterable[re.Pattern[str]]) -> Iterator[tuple[bool, list[str]]]:
    """Yield, for each line, whether it stands below one of these headings, and the repositories that it names.

    Such a heading reaches to the next line that speaks of infringement or removal, whatever its form.
    """
    below = False
    for line in text.splitlines():
        words = re.sub(r"\S{0,100}github\S*", " ", line)
        if _REPORTED_HEADING.search(words):
            below = False
        elif len(words) <= 160 and _any(headings, words):
            below = True
        yield below, list(_repositories_in(line))


def _free_text(text: str) -> list[str]:
    """Return a free text's repositories but those that stand only below a heading of originals, or are the work."""
    kept = [name for below, names in _by_line(text, _ORIGINAL_HEADING) if not below for name in names]
    works = {name for below, names in _by_line(text, (_WORK_HEADING,)) if below for name in names}
    return [name for name in kept if name not in works] or kept


def _repositories(document: Document, parts: _Parts) -> tuple[str, ...]:
    """Find the repositories that a document is about.

    In answers to the form, these are the ones named where it asks which files are concerned, and the forks named
    besides which are not named as the original work. In a free text, these are all but those that stand only below a
    heading of originals, or as the source of a copy, or are what it identifies as the work. Where that would leave
    none, or no address is where it was asked for, all are kept.
    """
    everywhere = list(_repositories_in(parts.text))
    answer = parts.answers.get("material", "")
    asked = list(_repositories_in(answer)) or _short_repositories(answer)
    originals = set(_repositories_in(parts.answers.get("work", "")))
    forks = [name for name in _repositories_in(parts.answers.get("forks", "")) if name not in originals]
    chosen = asked + forks
    if not chosen and "material" not in parts.answers:
        chosen = _free_text(_COPIED_FROM.sub(" ", parts.prose))
    if not chosen:
        chosen = everywhere
    if not chosen:
        chosen = [name for url in document.urls for name in _repositories_in(url)]
    return tuple(dict.fromkeys(chosen))


def read(document: Document) -> Reading:
    """Read a document.

    Args:
        document: The document.

    Returns:
        The verdict for each statutory element of its kind, and the repositories that it reports. Repositories that are
        evidently the original work are left out (the form asks for them separately; a free text may have headings);
        where the text leaves it open, they are kept.
    """
    parts = _take_apart(document.text)
    elements: Mapping[str, Verdict]
    if document.kind == NOTICE:
        elements = _notice_elements(parts)
    elif document.kind == COUNTER_NOTICE:
        elements = _counter_notice_elements(parts)
    else:
        elements = MappingProxyType({})
    return Reading(document=document, elements=elements, repositories=_repositories(document, parts))


# --------------------------------------------------------------------------------------------------------------------
# Which notice is answered
# --------------------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class NoticeIndex:
    """Notices by the repositories they report, to ask for the candidates of many answers.

    Attributes:
        by_repository: The notices that report each repository.
    """

    by_repository: Mapping[str, tuple[Reading, ...]] = field(hash=False)

    @classmethod
    def of(cls, notices: Iterable[Reading]) -> NoticeIndex:
        """Index the notices.

        Args:
            notices: Readings; those of other kinds than notices are passed over.

        Returns:
            The index.
        """
        found: dict[str, list[Reading]] = {}
        for notice in notices:
            if notice.document.kind == NOTICE:
                for repository in notice.repositories:
                    found.setdefault(repository, []).append(notice)
        return cls(by_repository=MappingProxyType({name: tuple(readings) for name, readings in found.items()}))

    def candidates(self, answer: Reading) -> tuple[Reading, ...]:
        """Find every notice that an answer may answer.

        Args:
            answer: A counter-notice or a retraction.

        Returns:
            All notices with a repository in common and an earlier or the same date, by date, then file.

        Raises:
            ValueError: A notice was given, which answers none.
        """
        if answer.document.kind == NOTICE:
            file = answer.document.file
            raise ValueError(f"{file}: a notice answers no notice; give a counter-notice or a retraction")
        found = {
            (notice.document.date, notice.document.file): notice
            for repository in answer.repositories
            for notice in self.by_repository.get(repository, ())
            if notice.document.date <= answer.document.date
        }
        return tuple(found[key] for key in sorted(found))


def candidates(answer: Reading, notices: Sequence[Reading]) -> tuple[Reading, ...]:
    """Find every notice that a counter-notice or retraction may answer.

    To ask for many answers, make a `NoticeIndex` once.

    Args:
        answer: A counter-notice or a retraction.
        notices: The notices known.

    Returns:
        All notices with a repository in common and an earlier or the same date, by date, then file. Never only the
        first: which one is answered, where there are several, is for a person to decide.

    Raises:
        ValueError: A notice was given as the answer.
    """
    return NoticeIndex.of(notices).candidates(answer)
