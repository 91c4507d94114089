"""The words of the confirmation page and the desk, in English and Indonesian."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "id")
NAMES = {"en": "English", "id": "Bahasa Indonesia"}

WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "Answer to a message", "id": "Jawaban atas pesan"},
    "skip": {"en": "Skip to the form", "id": "Langsung ke formulir"},
    "about": {"en": "What this is about", "id": "Tentang apa ini"},
    "reference": {"en": "Reference", "id": "Nomor rujukan"},
    "from": {"en": "From", "id": "Dari"},
    "to": {"en": "To", "id": "Kepada"},
    "of": {"en": "Date", "id": "Tanggal"},
    "due": {"en": "Answer due by", "id": "Batas waktu jawaban"},
    "contents": {"en": "Reported content", "id": "Konten yang dilaporkan"},
    "more": {"en": "and {n} more", "id": "dan {n} lagi"},
    "confirmed": {"en": "Receipt was confirmed on {at}.", "id": "Penerimaan telah dikonfirmasi pada {at}."},
    "unconfirmed": {
        "en": "Opening this page confirms nothing. Use a button below.",
        "id": "Membuka halaman ini tidak mengonfirmasi apa pun. Gunakan tombol di bawah.",
    },
    "confirm": {"en": "Confirm receipt", "id": "Konfirmasi penerimaan"},
    "confirm_note": {
        "en": "You confirm that this message has reached you. You agree to nothing else by it.",
        "id": "Anda mengonfirmasi bahwa pesan ini telah Anda terima. Anda tidak menyetujui hal lain.",
    },
    "effect": {"en": "Report what was done", "id": "Laporkan tindakan"},
    "clarify": {"en": "Ask for clarification", "id": "Minta klarifikasi"},
    "refuse": {"en": "Refuse, with reasons", "id": "Tolak, dengan alasan"},
    "impossible": {"en": "State that it is impossible", "id": "Nyatakan tidak mungkin dilaksanakan"},
    "restore": {"en": "Report restored content", "id": "Laporkan konten yang dipulihkan"},
    "for": {"en": "For which content", "id": "Untuk konten mana"},
    "all": {"en": "All that is not set below", "id": "Semua yang tidak diatur di bawah"},
    "every": {"en": "All of it", "id": "Semuanya"},
    "no_change": {"en": "no statement", "id": "tidak ada pernyataan"},
    "reason": {"en": "Reasons", "id": "Alasan"},
    "question": {"en": "What needs to be clarified", "id": "Hal yang perlu diklarifikasi"},
    "note": {"en": "Remark (may be left empty)", "id": "Catatan (boleh kosong)"},
    "send": {"en": "Send", "id": "Kirim"},
    "back": {"en": "Back to the message", "id": "Kembali ke pesan"},
    "language": {"en": "Language", "id": "Bahasa"},
    "erased": {"en": "(erased)", "id": "(dihapus)"},
    "pending": {"en": "pending", "id": "menunggu"},
    "removed": {"en": "removed", "id": "dihapus"},
    "disabled": {"en": "access disabled", "id": "akses dinonaktifkan"},
    "refused": {"en": "refused", "id": "ditolak"},
    "not_found": {"en": "not found", "id": "tidak ditemukan"},
    "clarifying": {"en": "clarification asked", "id": "klarifikasi diminta"},
    "impossible_outcome": {"en": "impossible", "id": "tidak mungkin"},
    "restored": {"en": "restored", "id": "dipulihkan"},
    "done": {"en": "Thank you. Your answer has been recorded.", "id": "Terima kasih. Jawaban Anda telah dicatat."},
    "kept": {
        "en": "Thank you. Your answer has been kept and will be looked at.",
        "id": "Terima kasih. Jawaban Anda telah disimpan dan akan diperiksa.",
    },
    "unfit": {
        "en": "Your answer has been kept, but could not be recorded in the case. A person will look at it.",
        "id": "Jawaban Anda telah disimpan, tetapi belum dapat dicatat dalam perkara. Petugas akan memeriksanya.",
    },
    "wrong": {
        "en": "This link is not valid. Please use the link exactly as it stands in the message.",
        "id": "Tautan ini tidak sah. Gunakan tautan persis seperti tertulis dalam pesan.",
    },
    "expired": {
        "en": "This link has expired. Please answer the message by the other way that it names.",
        "id": "Tautan ini sudah kedaluwarsa. Jawablah pesan melalui cara lain yang disebut di dalamnya.",
    },
    "expired_kept": {
        "en": "This link has expired. What you sent has been kept and a person will look at it.",
        "id": "Tautan ini sudah kedaluwarsa. Kiriman Anda telah disimpan dan akan diperiksa petugas.",
    },
    "incomplete": {
        "en": "Nothing was sent: choose at least one content, and write the reasons where they are asked for.",
        "id": "Belum ada yang terkirim: pilih paling sedikit satu konten, dan tulis alasan bila diminta.",
    },
    "not_offered": {
        "en": "Nothing was sent: this answer is not possible for this message.",
        "id": "Belum ada yang terkirim: jawaban ini tidak tersedia untuk pesan ini.",
    },
    "desk": {"en": "What waits for you", "id": "Yang menunggu Anda"},
    "skip_list": {"en": "Skip to the list", "id": "Langsung ke daftar"},
    "overdue": {"en": "Overdue", "id": "Lewat batas waktu"},
    "dated": {"en": "With a time limit", "id": "Dengan batas waktu"},
    "undated": {"en": "Without a time limit", "id": "Tanpa batas waktu"},
    "case": {"en": "Case", "id": "Perkara"},
    "asked": {"en": "What is asked", "id": "Yang diminta"},
    "limit": {"en": "Due by", "id": "Batas waktu"},
    "since": {"en": "Waiting since", "id": "Menunggu sejak"},
    "paused": {"en": "the clock is stopped", "id": "waktu dihentikan sementara"},
    "read": {"en": "Read and answer", "id": "Baca dan jawab"},
    "nothing": {"en": "Nothing waits for you.", "id": "Tidak ada yang menunggu Anda."},
    "no_more": {"en": "Nothing more waits after that.", "id": "Tidak ada lagi setelah itu."},
    "next": {"en": "Next page", "id": "Halaman berikutnya"},
    "first": {"en": "First page", "id": "Halaman pertama"},
    "too_many": {
        "en": "More than {n} cases are open. Only the {n} that were opened first are listed.",
        "id": "Lebih dari {n} perkara terbuka. Hanya {n} yang dibuka paling awal ditampilkan.",
    },
    "answered": {"en": "Receipt of {reference} is on record.", "id": "Penerimaan {reference} telah tercatat."},
    "stranger": {
        "en": "You are not known at this desk. Please log in, or ask whoever runs it.",
        "id": "Anda tidak dikenal di meja kerja ini. Silakan masuk, atau hubungi pengelolanya.",
    },
    "stale": {
        "en": "Nothing was sent: this form is not valid any more. Please open the list again.",
        "id": "Belum ada yang terkirim: formulir ini sudah tidak berlaku. Silakan buka kembali daftar.",
    },
    "gone": {"en": "There is no such message for you.", "id": "Tidak ada pesan seperti itu untuk Anda."},
    "to_list": {"en": "Back to the list", "id": "Kembali ke daftar"},
    "405": {"en": "This way of calling the page is not possible.", "id": "Cara memanggil halaman ini tidak tersedia."},
    "400": {"en": "The request could not be read.", "id": "Permintaan tidak dapat dibaca."},
    "413": {"en": "What was sent is too long.", "id": "Kiriman terlalu panjang."},
    "415": {"en": "Please use the form of this page.", "id": "Gunakan formulir di halaman ini."},
    "503": {
        "en": "This did not work just now. Nothing was lost; please try again in a few minutes.",
        "id": "Saat ini belum berhasil. Tidak ada yang hilang; silakan coba lagi beberapa menit lagi.",
    },
}


LABELS: Mapping[str, str] = {
    "Confirm receipt": "Konfirmasi penerimaan",
    "Verify the report": "Periksa laporan",
    "Co-sign or object": "Setujui atau ajukan keberatan",
    "Send on the Government Channel": "Kirim lewat Kanal Pemerintah",
    "Take down, or reject with reasons, the same day": "Turunkan, atau tolak dengan alasan, pada hari yang sama",
    "Clarify": "Beri klarifikasi",
    "Decide what follows silence": "Putuskan langkah berikutnya karena tidak ada jawaban",
    "Lift the block": "Buka pemblokiran",
    "It is up again while the order stands: decide what follows (konten muncul kembali)": (
        "Konten muncul kembali selagi perintah berlaku: putuskan langkah berikutnya"
    ),
    "Restore after the order was voided": "Pulihkan karena perintah dibatalkan",
    "apply block": "Terapkan pemblokiran",
    "lift block": "Buka pemblokiran",
}
"""What the bundled procedures of Indonesia, and those of no one country, call their duties; in Indonesian."""


def label(text: str, language: str) -> str:
    """Return what a procedure calls a duty, in a language, where that is known; else as the procedure has it."""
    return LABELS.get(text, text) if language == "id" else text


def word(key: str, language: str, **values: object) -> str:
    """Return a text of the page."""
    return WORDS[key][language].format(**values)


def language_of(wanted: str, accepted: str) -> str:
    """Return the language to use.

    Args:
        wanted: What the link says (`?lang=`); wins where it is one of ours.
        accepted: The Accept-Language header (RFC 9110 section 12.5.4).
    """
    if wanted in LANGUAGES:
        return wanted
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, rest = part.partition(";")
        quality = rest.strip().removeprefix("q=") if rest else "1"
        try:
            rank = float(quality)
        except ValueError:
            continue
        name = tag.strip().partition("-")[0].lower()
        ranked.append((-rank, place, "id" if name == "in" else name))  # as old programs call it
    return next((tag for rank, _, tag in sorted(ranked) if rank < 0 and tag in LANGUAGES), "en")
