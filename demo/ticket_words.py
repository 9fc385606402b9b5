"""What people say of broken devices, and of those who mend them."""

from typing import NamedTuple

from models.tickets import DeviceType, TicketUrgency

DESKTOP, LAPTOP, PHONE, TABLET, PRINTER, NETWORK, TV, OTHER = DeviceType
LOW, NORMAL, HIGH, CRITICAL = TicketUrgency


class Problem(NamedTuple):
    """A call for help in both languages, with what was done about it."""

    device: DeviceType
    urgency: TicketUrgency
    en: str
    ar: str
    done: str


PROBLEMS = (
    Problem(LAPTOP, CRITICAL, "My laptop fell into the pool for a second. It is off now and I have my thesis on it.",
            "وقع حاسوبي المحمول في المسبح للحظة. هو مطفأ الآن وعليه رسالتي الجامعية.",
            "Dried it for a day, took the disk out, copied the thesis to a stick. The board is gone."),
    Problem(LAPTOP, HIGH, "The screen stays black after the update, but the fan is running and the keys light up.",
            "الشاشة تبقى سوداء بعد التحديث، لكن المروحة تعمل والمفاتيح مضاءة.",
            "Rolled the graphics driver back in safe mode, paused updates for a week."),
    Problem(LAPTOP, NORMAL, "Battery says 80 % and then it switches off within ten minutes.",
            "البطارية تقول ٨٠٪ ثم ينطفئ الجهاز خلال عشر دقائق.",
            "Calibrated the battery; at 61 % of its capacity. Recommended a new one."),
    Problem(LAPTOP, LOW, "The letter E only works if I press it very hard. I write a lot of e-mails.",
            "حرف الياء لا يعمل إلا إذا ضغطت عليه بقوة، وأنا أكتب كثيرا.",
            "Cleaned under the key with compressed air. Works again."),
    Problem(DESKTOP, CRITICAL, "The till computer of our shop does not start, and we open in an hour.",
            "حاسوب الصندوق في محلنا لا يعمل، ونفتح بعد ساعة.",
            "Power supply was dead. Moved the till to the spare computer, which takes over for the day."),
    Problem(DESKTOP, HIGH, "All my photos of last year are gone since the computer was cleaned up by my nephew.",
            "اختفت كل صور السنة الماضية بعد أن نظف ابن أخي الحاسوب.",
            "Found them in the bin of the cloud account and put them back. Set up a second copy."),
    Problem(DESKTOP, NORMAL, "It takes a quarter of an hour until I can type anything in the morning.",
            "يحتاج الحاسوب صباحا إلى ربع ساعة قبل أن أستطيع الكتابة.",
            "Nineteen programs started with it; left four. Two minutes now."),
    Problem(PHONE, HIGH, "I have a new phone and my bank app wants a code from the old one, which is broken.",
            "لدي هاتف جديد وتطبيق البنك يطلب رمزا من القديم المكسور.",
            "Called the bank together, got the app moved to the new phone."),
    Problem(PHONE, NORMAL, "The storage is full, and I can take no pictures any more.",
            "الذاكرة ممتلئة ولا أستطيع التقاط الصور.",
            "Moved 40 GB of videos to the cloud, switched automatic copies on."),
    Problem(PHONE, LOW, "How do I make the letters larger for my mother?",
            "كيف أكبر الخط لوالدتي؟",
            "Larger text, bold, and a simple home screen with four faces."),
    Problem(TABLET, NORMAL, "My daughter set a PIN on the tablet and forgot it.",
            "وضعت ابنتي رمزا على الجهاز اللوحي ونسيته.",
            "Reset with the parents' account, put the drawings back from the copy."),
    Problem(TABLET, LOW, "The pencil writes beside where I put it.",
            "القلم يكتب بجانب المكان الذي أضعه فيه.",
            "Loose tip. Tightened it."),
    Problem(PRINTER, HIGH, "It prints only stripes, and my visa form has to be handed in tomorrow morning.",
            "الطابعة تطبع خطوطا فقط، ويجب أن أقدم طلب التأشيرة صباح الغد.",
            "Cleaned the heads three times; printed the form."),
    Problem(PRINTER, NORMAL, "The computer says that the printer is offline. It stands right beside it.",
            "يقول الحاسوب إن الطابعة غير متصلة، وهي بجانبه تماما.",
            "It had got a new address from the router. Gave it a fixed one."),
    Problem(NETWORK, CRITICAL, "No internet in the whole clinic since the power cut.",
            "لا يوجد إنترنت في العيادة كلها منذ انقطاع الكهرباء.",
            "The router had lost its settings. Put them back from the sheet under it, saved a copy."),
    Problem(NETWORK, HIGH, "Video calls freeze every afternoon, and I have an interview on Thursday.",
            "تتجمد مكالمات الفيديو كل عصر، ولدي مقابلة يوم الخميس.",
            "Neighbours on the same channel. Changed it, and ran a cable to the desk."),
    Problem(NETWORK, NORMAL, "The Wi-Fi does not reach the bedroom.",
            "شبكة الواي فاي لا تصل إلى غرفة النوم.",
            "Moved the router out of the cupboard. A repeater is not needed."),
    Problem(NETWORK, LOW, "I would like a network for guests that cannot see our own devices.",
            "أريد شبكة للضيوف لا ترى أجهزتنا.",
            "Guest network with a card for the fridge door."),
    Problem(TV, NORMAL, "There is a picture but no sound, on all channels and with the console, too.",
            "توجد صورة بلا صوت في كل القنوات ومع جهاز الألعاب أيضا.",
            "It played to a soundbar that was sold. Set it back to its own speakers."),
    Problem(TV, LOW, "The remote control also switches the neighbour's television.",
            "جهاز التحكم يشغل تلفاز الجيران أيضا.",
            "Paired it by radio instead of infrared."),
    Problem(OTHER, NORMAL, "The doorbell camera shows yesterday's postman.",
            "كاميرا الجرس تعرض ساعي بريد الأمس.",
            "Full memory card. Lets the oldest pictures go by itself now."),
    Problem(OTHER, LOW, "My watch counts steps while I am asleep.",
            "ساعتي تعد الخطوات وأنا نائم.",
            "Worn too loosely; one hole tighter, and sleep mode on."),
)  # fmt: skip
UNFINISHED = (
    "We ran out of time; goes on tomorrow with the customer's charger.",
    "Waits for a spare part. Ordered.",
    "Backed everything up first. The repair itself comes next.",
)
COMMENTS = {
    5: (("Patient and quick. Thank you!", "Explained it so that I can do it myself next time."),
        ("ممتاز وسريع، شكرا جزيلا", "الله يعطيك العافية")),
    4: (("Good help, but I had to wait.", "Works again. Took longer than we thought."), ("عمل جيد مع بعض الانتظار",)),
    3: (("It works, more or less.",), ("مقبول",)),
    2: (("Came back the next day with the same problem.",), ("لم تحل المشكلة تماما",)),
    1: (("We did not understand each other.",), ("لم نفهم بعضنا",)),
}  # fmt: skip
"""By stars, in English and in Arabic."""
