"""The words of `telegram_2017.py`: one sentence per journal entry, in English and Indonesian."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from attrs import frozen

from sopflow import Entry


@frozen(kw_only=True)
class Words:
    """The texts of one language; a sentence is looked up by event and what it concerns, then by event."""

    title: str
    left: str
    right: str
    left_short: str
    right_short: str
    months: tuple[str, ...]
    figures: Mapping[str, str]
    sentences: Mapping[str, str]
    contacts: Mapping[str, str]
    channels: Mapping[str, str]
    irregular: str
    days_text: str
    proof: str

    def day(self, at: datetime) -> str:
        """Return a date in words."""
        return f"{at.day} {self.months[at.month - 1]} {at.year}"

    def days(self, n: int) -> str:
        """Return a number of days in words."""
        return self.days_text.format(n=n)

    def proved(self, story: str, cases: int, entries: int, head: str) -> str:
        """Return the result of the verification in words."""
        return self.proof.format(story=story, cases=cases, entries=entries, head=head[:16])

    def reached(self, message: Mapping[str, str]) -> str:
        """Return contact and channel of a message in words."""
        contact = self.contacts.get(message.get("contact", ""), "")
        return contact and f"{contact} ({self.channels[message['channel']]})"

    def sentence(self, entry: Entry, awaited: Collection[str]) -> str:
        """Return what an entry says, or "" for one that only keeps books; `awaited` are messages to be confirmed."""
        event, data = entry.doc["event"], entry.doc["event"].get("data", {})
        template = self.sentences.get(f"{entry.event}:{event.get('of', '')}", self.sentences.get(entry.event, ""))
        if not template:
            return ""
        effects = entry.doc["effects"]
        messages = [m for m in effects.get("messages", ()) if m["status"] == "queued"]
        contact = self.reached(messages[0]) if messages else ""
        next_try = self.sentences["next"].format(contact=contact) if contact else self.sentences["nobody"]
        outcomes = data.get("outcomes") or dict.fromkeys(data.get("contents", ()), "")
        first = next(iter(outcomes.values()), "")
        text = template.format(
            n=len(outcomes) or len(effects.get("contents", ())),
            body=entry.doc["by"].get("organisation", entry.doc["by"]["id"]).upper(),
            outcome=self.sentences.get(f"outcome:{first}", first),
            next=next_try,
            contact=self.reached(effects.get("messages", [{}])[0]),
            unasked="" if data.get("message") in awaited else self.sentences["unasked"],
        )
        return f"{text} [{self.irregular}]" if entry.irregular else text


_ENGLISH = Words(
    title="The Telegram affair, 2016-17: what the journals say",
    left="As it was done in 2016-17",
    right="The same report under the procedure of 2017",
    left_short="practice",
    right_short="procedure",
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December"),
    figures={
        "sent": "messages sent to the platform",
        "noticed": "times the silence was noticed",
        "confirmed": "receipts confirmed",
        "removed": "channels removed",
        "blocked": "domains blocked",
        "blocking": "providers that blocked them",
        "days": "days from the first report to the end",
        "entries": "journal entries",
    },
    contacts={
        "abuse-desk": "the platform's abuse desk",
        "representative": "the named representative",
        "isp-1-noc": "provider 1",
        "isp-2-noc": "provider 2",
    },
    channels={"email": "e-mail", "chat": "chat", "phone": "telephone"},
    sentences={
        "Opened:notice": "A report about {n} channels reaches the ministry.",
        "Opened:order": "A block is drafted: {n} pairs of domain and provider.",
        "Verified": "The ministry verifies it.",
        "Approved": "{body} signs.",
        "Issued": "The ministry sends it to the platform.",
        "MailRepeated": "The ministry sends the same mail again.",
        "Sent:mail": "The mail leaves.{unasked}",
        "Sent:order": "The message leaves, to {contact}.{unasked}",
        "unasked": " Nobody has to confirm it.",
        "DeadlineBreached:receipt:order": "No confirmation in time. {next}",
        "next": "Next: {contact}.",
        "nobody": "Nobody is left to try.",
        "Acknowledged:order": "The platform confirms receipt.",
        "ReviewStarted": "Its moderators look at the channels.",
        "EffectGiven": "{n} {outcome} ({body}).",
        "outcome:removed": "channels are removed",
        "outcome:disabled": "domains are blocked",
        "Escalated": "The ministry turns to the providers: the service is to be blocked.",
        "BlockOrdered": "The block is ordered, with a date for review.",
        "LinkedCase:blocked": "The block is in effect.",
        "BlockLifted": "The block is to be lifted.",
        "Restored": "{n} domains are open again ({body}).",
        "NormalisationVerified": "The ministry has looked: everything is open again.",
        "LinkedCase:normalised": "Normalised.",
    },
    irregular="irregular",
    days_text="{n} days",
    proof="{story}: {cases} journal(s), {entries} entries, each step proved; last hash {head}…",
)  # fmt: skip

_INDONESIAN = Words(
    title="Perkara Telegram, 2016-17: menurut jurnal",
    left="Yang terjadi pada 2016-17",
    right="Laporan yang sama menurut prosedur 2017",
    left_short="praktik",
    right_short="prosedur",
    months=("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
            "November", "Desember"),
    figures={
        "sent": "pesan dikirim ke platform",
        "noticed": "kali kebisuan diketahui",
        "confirmed": "penerimaan dikonfirmasi",
        "removed": "kanal diturunkan",
        "blocked": "domain diblokir",
        "blocking": "penyelenggara yang memblokirnya",
        "days": "hari sejak laporan pertama sampai selesai",
        "entries": "entri jurnal",
    },
    contacts={
        "abuse-desk": "meja pengaduan platform",
        "representative": "perwakilan yang ditunjuk",
        "isp-1-noc": "penyelenggara 1",
        "isp-2-noc": "penyelenggara 2",
    },
    channels={"email": "surel", "chat": "obrolan", "phone": "telepon"},
    sentences={
        "Opened:notice": "Laporan tentang {n} kanal diterima kementerian.",
        "Opened:order": "Pemblokiran dirancang: {n} pasangan domain dan penyelenggara.",
        "Verified": "Kementerian memverifikasi laporan.",
        "Approved": "{body} menandatangani.",
        "Issued": "Kementerian mengirimkannya ke platform.",
        "MailRepeated": "Kementerian mengirim surel yang sama sekali lagi.",
        "Sent:mail": "Surel terkirim.{unasked}",
        "Sent:order": "Pesan terkirim, kepada {contact}.{unasked}",
        "unasked": " Tidak ada yang wajib mengonfirmasi.",
        "DeadlineBreached:receipt:order": "Tidak ada konfirmasi pada waktunya. {next}",
        "next": "Berikutnya: {contact}.",
        "nobody": "Tidak ada lagi yang dapat dihubungi.",
        "Acknowledged:order": "Platform mengonfirmasi penerimaan.",
        "ReviewStarted": "Moderatornya memeriksa kanal-kanal itu.",
        "EffectGiven": "{n} {outcome} ({body}).",
        "outcome:removed": "kanal diturunkan",
        "outcome:disabled": "domain diblokir",
        "Escalated": "Kementerian beralih ke penyelenggara: layanan akan diblokir.",
        "BlockOrdered": "Pemblokiran diperintahkan, dengan tanggal peninjauan.",
        "LinkedCase:blocked": "Pemblokiran berlaku.",
        "BlockLifted": "Pemblokiran akan dicabut.",
        "Restored": "{n} domain dapat diakses kembali ({body}).",
        "NormalisationVerified": "Kementerian telah memeriksa: semua dapat diakses kembali.",
        "LinkedCase:normalised": "Dinormalisasi.",
    },
    irregular="tidak lazim",
    days_text="{n} hari",
    proof="{story}: {cases} jurnal, {entries} entri, setiap langkah terbukti; hash terakhir {head}…",
)  # fmt: skip

WORDS: Mapping[str, Words] = {"en": _ENGLISH, "id": _INDONESIAN}
