"""The sentences of `explain`, by language. Only words: nothing here counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_EN: Final = {
    "months": "January February March April May June July August September October November December",
    "weekdays": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "instant": "{day}, {clock} {zone} ({exact})",
    "midnight": "the end of {day}, 24:00 {zone} ({exact})",
    "hours": "{n} h",
    "minutes": "{n} min",
    "seconds": "{n} s",
    "duty": "{what} is a duty of {who}.",
    "right": "{what} is a right of {who}: it closes, and nobody can breach it.",
    "reminder": "{what} is a reminder for {who}: nobody can breach it.",
    "contents": "It concerns these contents: {ids}.",
    "basis": "Legal basis: {text} (source: {source}; evidence {mark}: {meaning}).",
    "no_basis": "The procedure names no legal basis for it.",
    "mark.V": "read in the text of the law, the official form or a government page",
    "mark.S": "read in a secondary source",
    "mark.M": "recalled, not verified",
    "mark.I": "inferred",
    "queued": "Its clock started on {at}, when the message {what} was queued (or, if held back, could first be sent).",
    "starts": "Its clock started on {at} with {event} (entry {seq}).",
    "hook": "a rule of the procedure",
    "repeats": "Its clock started again on {at}, as the time before had passed without its being met (entry {seq}).",
    "restarts": "Its clock started afresh on {at} with {event} (entry {seq}).",
    "pauses": "It was stopped on {at} by {event} (entry {seq}).",
    "resumes": "It went on from {at} with {event} (entry {seq}).",
    "moves": "Its limit was set anew on {at} by {event} (entry {seq}).",
    "meets": "It was met on {at} by {event} (entry {seq}).",
    "cancels": "It was ended on {at} by {event} (entry {seq}).",
    "stood": "It had stood still for {length}.",
    "then_due": "Due since then: {at}.",
    "spent": "In all it stood still for {length}; that time is added to the limit.",
    "term": "Term: {how}.",
    "term.hours": "{hours} hours; every minute counts, through nights, weekends and holidays",
    "term.whole_hours": "{hours} whole hours; the hour in which the clock started is not counted",
    "term.days": "{days} calendar days ({zone}); the day of the start is day 0, and the last day runs to its end",
    "term.months": (
        "{months} calendar months ({zone}), to the end of the day with the same number, or of the month's last day "
        "where there is no such day"
    ),
    "term.business_days": (
        "from {min} to {max} business days ({calendar}, {zone}); the day of the start is day 0, and closed days do not "
        "count"
    ),
    "term.business_days_up_to": (
        "{max} business days ({calendar}, {zone}); the day of the start is day 0, and closed days do not count"
    ),
    "term.same_day": "to the end of the local day of the start ({zone})",
    "term.per_case": "as set in the case itself, by the instrument or by the event that started the clock",
    "term.without_undue_delay": (
        'the rule gives no number ("{wording}"); that we remind after {remind_after} h is our choice, and passing it '
        "is never a breach"
    ),
    "term.yearly": "to the end of the next {dates} after the day of the start ({zone}; at most the month's last day)",
    "opens": "not before this has run: {how}",
    "closes": "; and not after this: {how}",
    "rolls": "; where the last day is closed ({calendar}), to the end of the next business day",
    "calendar": "Calendar used, as frozen with the deadline: {stamp}.",
    "no_data": "The data of that calendar are not at hand, so the days that did not count cannot be named here.",
    "closed": "Not business days in between: {weekend} day(s) of weekends; holidays: {days}.",
    "estimated": "Warning: these dates are only estimated and may still move the deadline: {days}.",
    "decree": "Moved by a change of the calendar, {reference} (entry {seq}): from {was} to {now}.",
    "spared": (
        "A change of the calendar, {reference} (entry {seq}), would have ended it before that change was made: it "
        "stayed due {was}."
    ),
    "corrected": "Moved by a correction of entry {of} (entry {seq}): from {was} to {now}.",
    "migrated": "Computed anew when the case went on under version {version} (entry {seq}): from {was} to {now}.",
    "not_before": "Not before: {at}.",
    "due": "Due: {at}.",
    "closing": "It can be used until: {at}.",
    "remind": "Reminder: {at}.",
    "unknown": "No instant could be computed: see the incidents of the case.",
    "standing.running": "It is running.",
    "standing.paused": "It is standing still; its time does not pass.",
    "standing.met": "It was met in time.",
    "standing.cancelled": "It was ended: nothing more is owed.",
    "standing.void": "It never came to run.",
    "standing.expired": "Its time has passed.",
    "met": "Met: {at}.",
    "late": "Later than due by {length}.",
    "learnt_late": "It had been called expired; what was learnt later shows that it was met in time.",
}

_ID: Final = {
    "months": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "weekdays": "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
    "instant": "{day}, pukul {clock} {zone} ({exact})",
    "midnight": "akhir hari {day}, pukul 24.00 {zone} ({exact})",
    "hours": "{n} jam",
    "minutes": "{n} menit",
    "seconds": "{n} detik",
    "duty": "{what} adalah kewajiban {who}.",
    "right": "{what} adalah hak {who}: hak ini berakhir, dan tidak dapat dilanggar.",
    "reminder": "{what} adalah pengingat bagi {who}: tidak dapat dilanggar.",
    "contents": "Menyangkut konten berikut: {ids}.",
    "basis": "Dasar hukum: {text} (sumber: {source}; bukti {mark}: {meaning}).",
    "no_basis": "Prosedur ini tidak menyebutkan dasar hukumnya.",
    "mark.V": "dibaca dalam naskah peraturan, formulir resmi, atau laman pemerintah",
    "mark.S": "dibaca dalam sumber sekunder",
    "mark.M": "menurut ingatan, belum diverifikasi",
    "mark.I": "disimpulkan",
    "event.Opened": "perkara dibuka",
    "event.InstrumentReceived": "dokumen diterima",
    "event.Sent": "terkirim",
    "event.Delivered": "sampai",
    "event.Acknowledged": "penerimaan dikonfirmasi",
    "event.EffectGiven": "dilaksanakan",
    "event.Refused": "ditolak dengan alasan",
    "event.ClarificationRequested": "klarifikasi diminta",
    "event.ClarificationGiven": "klarifikasi diberikan",
    "event.ImpossibilityStated": "tidak mungkin dilaksanakan",
    "event.Restored": "dipulihkan",
    "event.Issued": "diterbitkan",
    "event.Extended": "diperpanjang",
    "event.Withdrawn": "ditarik kembali",
    "event.Closed": "ditutup",
    "event.DeadlineBreached": "tenggat terlewati",
    "event.DeadlineClosed": "jangka waktu berakhir",
    "queued": "Dihitung sejak {at}, saat pesan {what} masuk antrean (atau, jika ditahan, boleh dikirim).",
    "starts": "Mulai dihitung pada {at} dengan {event} (entri {seq}).",
    "hook": "suatu aturan prosedur",
    "repeats": "Mulai dihitung lagi pada {at}, karena waktu sebelumnya lewat tanpa dipenuhi (entri {seq}).",
    "restarts": "Dihitung ulang dari awal pada {at} dengan {event} (entri {seq}).",
    "pauses": "Dihentikan sementara pada {at} oleh {event} (entri {seq}).",
    "resumes": "Dilanjutkan sejak {at} dengan {event} (entri {seq}).",
    "moves": "Batasnya ditetapkan kembali pada {at} oleh {event} (entri {seq}).",
    "meets": "Dipenuhi pada {at} oleh {event} (entri {seq}).",
    "cancels": "Diakhiri pada {at} oleh {event} (entri {seq}).",
    "stood": "Sebelumnya berhenti selama {length}.",
    "then_due": "Tenggat sejak itu: {at}.",
    "spent": "Seluruhnya berhenti selama {length}; waktu itu ditambahkan pada batasnya.",
    "term": "Jangka waktu: {how}.",
    "term.hours": "{hours} jam; setiap menit dihitung, termasuk malam, akhir pekan, dan hari libur",
    "term.whole_hours": "{hours} jam penuh; jam saat mulai tidak dihitung",
    "term.days": "{days} hari kalender ({zone}); hari mulai adalah hari ke-0, dan hari terakhir berlaku penuh",
    "term.months": (
        "{months} bulan kalender ({zone}), sampai akhir hari dengan tanggal yang sama, atau hari terakhir bulan itu "
        "bila tanggal tersebut tidak ada"
    ),
    "term.business_days": (
        "dari {min} sampai {max} hari kerja ({calendar}, {zone}); hari mulai adalah hari ke-0, dan hari libur tidak "
        "dihitung"
    ),
    "term.business_days_up_to": (
        "{max} hari kerja ({calendar}, {zone}); hari mulai adalah hari ke-0, dan hari libur tidak dihitung"
    ),
    "term.same_day": "sampai akhir hari setempat saat mulai ({zone})",
    "term.per_case": "sebagaimana ditetapkan dalam perkara itu sendiri, oleh dokumen atau peristiwa yang memulainya",
    "term.without_undue_delay": (
        'peraturan tidak menyebut angka ("{wording}"); pengingat setelah {remind_after} jam adalah pilihan kami, dan '
        "melewatinya bukan pelanggaran"
    ),
    "term.yearly": "sampai akhir {dates} berikutnya setelah hari mulai ({zone}; paling lama hari terakhir bulan itu)",
    "opens": "tidak sebelum ini berlalu: {how}",
    "closes": "; dan tidak setelah ini: {how}",
    "rolls": "; bila hari terakhir libur ({calendar}), sampai akhir hari kerja berikutnya",
    "calendar": "Kalender yang dipakai, sebagaimana dibekukan bersama tenggat: {stamp}.",
    "no_data": "Data kalender itu tidak tersedia di sini, sehingga hari yang tidak dihitung tidak dapat disebutkan.",
    "closed": "Bukan hari kerja di antaranya: {weekend} hari akhir pekan; hari libur: {days}.",
    "estimated": "Peringatan: tanggal berikut baru perkiraan dan masih dapat menggeser tenggat: {days}.",
    "decree": "Digeser karena perubahan kalender, {reference} (entri {seq}): dari {was} menjadi {now}.",
    "spared": (
        "Perubahan kalender, {reference} (entri {seq}), akan mengakhirinya sebelum perubahan itu ditetapkan: "
        "tenggatnya tetap {was}."
    ),
    "corrected": "Digeser karena pembetulan entri {of} (entri {seq}): dari {was} menjadi {now}.",
    "migrated": (
        "Dihitung ulang saat perkara dilanjutkan menurut versi {version} (entri {seq}): dari {was} menjadi {now}."
    ),
    "not_before": "Tidak sebelum: {at}.",
    "due": "Tenggat: {at}.",
    "closing": "Dapat digunakan sampai: {at}.",
    "remind": "Pengingat: {at}.",
    "unknown": "Waktunya tidak dapat dihitung: lihat insiden perkara ini.",
    "standing.running": "Sedang berjalan.",
    "standing.paused": "Sedang berhenti; waktunya tidak berjalan.",
    "standing.met": "Dipenuhi tepat waktu.",
    "standing.cancelled": "Diakhiri: tidak ada lagi yang terutang.",
    "standing.void": "Tidak pernah mulai berjalan.",
    "standing.expired": "Waktunya telah lewat.",
    "met": "Dipenuhi: {at}.",
    "late": "Terlambat {length}.",
    "learnt_late": "Semula dinyatakan lewat; yang diketahui kemudian menunjukkan bahwa tenggat dipenuhi tepat waktu.",
}

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {"en": _EN, "id": _ID}
