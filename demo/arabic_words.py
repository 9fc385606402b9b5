"""Arabic words for what the products of the demo are made from."""

NOUNS = {
    "Maxi Dress": ("فستان ماكسي", "الفستان الماكسي", "m"),
    "Midi Dress": ("فستان ميدي", "الفستان الميدي", "m"),
    "Evening Dress": ("فستان سهرة", "فستان السهرة", "m"),
    "Shirt": ("قميص", "القميص", "m"),
    "Blouse": ("بلوزة", "البلوزة", "f"),
    "T-Shirt": ("تيشيرت", "التيشيرت", "m"),
    "Jumper": ("كنزة", "الكنزة", "f"),
    "Cardigan": ("كارديغان", "الكارديغان", "m"),
    "Trousers": ("بنطال", "البنطال", "m"),
    "Shorts": ("شورت", "الشورت", "m"),
    "Skirt": ("تنورة", "التنورة", "f"),
    "Abaya": ("عباية", "العباية", "f"),
    "Kaftan": ("قفطان", "القفطان", "m"),
    "Heels": ("حذاء بكعب عالٍ", "الحذاء ذو الكعب العالي", "m"),
    "Sandals": ("صندل", "الصندل", "m"),
    "Flats": ("حذاء مسطّح", "الحذاء المسطّح", "m"),
    "Tote": ("حقيبة توت", "حقيبة التوت", "f"),
    "Cross-Body Bag": ("حقيبة كروس", "حقيبة الكروس", "f"),
    "Clutch": ("حقيبة كلاتش", "حقيبة الكلاتش", "f"),
    "Necklace": ("قلادة", "القلادة", "f"),
    "Earrings": ("أقراط", "الأقراط", "f"),
    "Ring": ("خاتم", "الخاتم", "m"),
    "Dress Shirt": ("قميص رسمي", "القميص الرسمي", "m"),
    "Overshirt": ("قميص خارجي", "القميص الخارجي", "m"),
    "Blazer": ("بليزر", "البليزر", "m"),
    "Chinos": ("بنطال تشينو", "بنطال التشينو", "m"),
    "Kandura": ("كندورة", "الكندورة", "f"),
    "Loafers": ("حذاء لوفر", "حذاء اللوفر", "m"),
    "Trainers": ("حذاء رياضي", "الحذاء الرياضي", "m"),
    "Boots": ("حذاء بوت", "حذاء البوت", "m"),
    "Weekender": ("حقيبة سفر", "حقيبة السفر", "f"),
    "Backpack": ("حقيبة ظهر", "حقيبة الظهر", "f"),
    "Dress": ("فستان", "الفستان", "m"),
    "Top": ("بلوزة", "البلوزة", "f"),
    "Duvet Cover": ("غطاء لحاف", "غطاء اللحاف", "m"),
    "Throw": ("بطانية", "البطانية", "f"),
    "Serving Bowl": ("وعاء تقديم", "وعاء التقديم", "m"),
    "Table Runner": ("مفرش طاولة", "مفرش الطاولة", "m"),
    "Perfume Oil": ("زيت عطري", "الزيت العطري", "m"),
    "Eau de Parfum": ("عطر", "العطر", "m"),
}
"""Each noun without and with its article, and the gender of its adjectives: plurals of things have feminine ones."""

MANNERS: dict[str, tuple[str] | tuple[str, str]] = {
    "Wrap": ("ملفوف", "ملفوفة"), "Pleated": ("بكسرات",), "Tiered": ("بطبقات",), "Belted": ("بحزام",),
    "Draped": ("منسدل", "منسدلة"), "A-Line": ("بقصّة واسعة من الأسفل",), "Column": ("بقصّة مستقيمة",),
    "Smocked": ("مكشكش", "مكشكشة"), "Relaxed": ("مريح", "مريحة"), "Cropped": ("قصير", "قصيرة"),
    "Boxy": ("بقصّة مربّعة",), "Tailored": ("مفصّل", "مفصّلة"), "Oversized": ("واسع", "واسعة"),
    "Classic": ("كلاسيكي", "كلاسيكية"), "Gathered": ("مزموم", "مزمومة"), "Ribbed": ("مضلّع", "مضلّعة"),
    "Cable": ("بنقشة الجدائل",), "Fine": ("ناعم", "ناعمة"), "Chunky": ("سميك", "سميكة"), "Waffle": ("بنسيج الوافل",),
    "Brushed": ("مخملي الملمس", "مخملية الملمس"), "Wide-Leg": ("بقصّة واسعة",), "Straight": ("بقصّة مستقيمة",),
    "Tapered": ("بقصّة تضيق نحو الأسفل",), "High-Rise": ("بخصر عالٍ",), "Open": ("مفتوح", "مفتوحة"),
    "Embroidered": ("مطرّز", "مطرّزة"), "Layered": ("بطبقات",), "Kimono": ("بقصّة الكيمونو",),
    "Beaded": ("مزيّن بالخرز", "مزيّنة بالخرز"), "Slim": ("بقصّة ضيّقة",), "Regular": ("بقصّة عادية",),
    "Grandad-Collar": ("بياقة واقفة",), "Button-Down": ("بياقة مزرّرة",), "Unstructured": ("غير مبطّن", "غير مبطّنة"),
    "Travel": ("للسفر",), "Emirati": ("إماراتي", "إماراتية"), "Saudi": ("سعودي", "سعودية"), "Omani": ("عُماني", "عُمانية"),
    "Kuwaiti": ("كويتي", "كويتية"), "Pointed": ("مدبّب", "مدبّبة"), "Slingback": ("بحزام خلفي",), "Platform": ("بنعل سميك",),
    "Woven": ("منسوج", "منسوجة"), "Quilted": ("مبطّن", "مبطّنة"), "Penny": ("كلاسيكي", "كلاسيكية"),
    "Court": ("بتصميم ملاعب التنس",), "Desert": ("صحراوي", "صحراوية"), "Trail": ("للطرق الوعرة",), "Minimal": ("بسيط", "بسيطة"),
    "Mini": ("صغير", "صغيرة"), "Structured": ("بشكل ثابت",), "Slouchy": ("بتصميم مرن",), "Everyday": ("يومي", "يومية"),
    "Twisted": ("مفتول", "مفتولة"), "Hammered": ("مطروق", "مطروقة"), "Crescent": ("على شكل هلال",), "Signet": ("بختم",),
    "Stacking": ("رفيع", "رفيعة"), "Dome": ("مقبّب", "مقبّبة"), "Printed": ("منقوش", "منقوشة"), "Soft": ("ناعم", "ناعمة"),
    "Playful": ("مرح", "مرحة"), "Striped": ("مخطّط", "مخطّطة"), "Little": ("صغير", "صغيرة"), "Fringed": ("بشراشيب",),
    "Plain": ("سادة", "سادة"), "Stonewashed": ("مغسول بالحجر", "مغسولة بالحجر"),
    "Hand-Thrown": ("مشكّل يدويًا", "مشكّلة يدويًا"), "Carved": ("محفور", "محفورة"), "Scalloped": ("بحواف متموّجة",),
    "Midnight": ("ليلي", "ليلية"), "Garden": ("بعبق الحدائق",), "Velvet": ("مخملي", "مخملية"), "Royal": ("ملكي", "ملكية"),
    "Quiet": ("هادئ", "هادئة"),
}  # fmt: skip
"""An adjective with its feminine form, or a phrase, which has one form and follows the material."""

MATERIALS = {
    "Linen": "الكتان", "Silk": "الحرير", "Cotton": "القطن", "Crêpe": "الكريب", "Satin": "الساتان", "Chiffon": "الشيفون",
    "Viscose": "الفيسكوز", "Linen Blend": "مزيج الكتان", "Poplin": "البوبلين", "Jersey": "الجيرسيه", "Modal": "المودال",
    "Organic Cotton": "القطن العضوي", "Cashmere": "الكشمير", "Merino": "صوف الميرينو", "Alpaca": "صوف الألباكا",
    "Mohair": "الموهير", "Wool Blend": "مزيج الصوف", "Denim": "الدنيم", "Cotton Twill": "قطن التويل", "Wool": "الصوف",
    "Corduroy": "الكوردروي", "Nida": "قماش الندى", "Silk Blend": "مزيج الحرير", "Oxford Cotton": "قطن أكسفورد",
    "Flannel": "الفلانيل", "Cashmere Blend": "مزيج الكشمير", "Leather": "الجلد", "Suede": "الشامواه", "Nappa": "جلد النابا",
    "Canvas": "الكانفاس", "Patent Leather": "الجلد اللامع", "Knit": "النسيج المحبوك", "Nubuck": "جلد النوبوك",
    "Raffia": "الرافيا", "Nylon": "النايلون", "Vermeil": "الفيرميل", "Enamel": "طلاء المينا", "Pearl": "اللؤلؤ",
    "Brass": "النحاس الأصفر", "Turquoise": "الفيروز", "Mother-of-Pearl": "عرق اللؤلؤ", "Fleece": "الفليس",
    "Cotton Percale": "قطن البيركال", "Sateen": "ساتان القطن", "Muslin": "الموسلين", "Washed Linen": "الكتان المغسول",
    "Stoneware": "الخزف", "Olive Wood": "خشب الزيتون", "Glass": "الزجاج", "Oud": "العود", "Amber": "العنبر", "Rose": "الورد",
    "Musk": "المسك", "Saffron": "الزعفران", "Jasmine": "الياسمين",
}  # fmt: skip
"""All of them are masculine and definite."""

CATEGORIES = {
    "Women": "نساء", "Dresses": "فساتين", "Maxi dresses": "فساتين ماكسي", "Midi dresses": "فساتين ميدي",
    "Evening dresses": "فساتين سهرة", "Tops": "قطع علوية", "Shirts": "قمصان", "Blouses": "بلوزات", "T-shirts": "تيشيرتات",
    "Knitwear": "ملابس محبوكة", "Jumpers": "كنزات", "Cardigans": "سترات كارديغان", "Trousers": "بناطيل",
    "Trousers and jeans": "بناطيل وجينز", "Shorts": "شورتات", "Skirts": "تنانير", "Modest wear": "ملابس محتشمة",
    "Abayas": "عبايات", "Kaftans": "قفاطين", "Shoes": "أحذية", "Heels": "أحذية بكعب عالٍ", "Sandals": "صنادل",
    "Flats": "أحذية مسطّحة", "Bags": "حقائب", "Totes": "حقائب توت", "Cross-body bags": "حقائب كروس",
    "Clutches": "حقائب كلاتش", "Jewellery": "مجوهرات", "Necklaces": "قلائد", "Earrings": "أقراط", "Rings": "خواتم",
    "Stacking rings": "خواتم رفيعة", "Men": "رجال", "Casual shirts": "قمصان غير رسمية", "Formal shirts": "قمصان رسمية",
    "Overshirts": "قمصان خارجية", "Tailoring": "ملابس رسمية", "Blazers": "سترات بليزر", "Chinos": "بناطيل تشينو",
    "Traditional": "ملابس تقليدية", "Kanduras": "كنادير", "Loafers": "أحذية لوفر", "Trainers": "أحذية رياضية",
    "Boots": "أحذية بوت", "Weekend bags": "حقائب سفر", "Backpacks": "حقائب ظهر", "Kids": "أطفال", "Girls": "بنات",
    "Boys": "أولاد", "Girls dresses": "فساتين بنات", "Girls tops": "بلوزات بنات", "Boys shirts": "قمصان أولاد",
    "Boys trousers": "بناطيل أولاد", "Home": "المنزل", "Bedroom": "غرفة النوم", "Duvet covers": "أغطية لحاف",
    "Throws": "بطانيات", "Table": "المائدة", "Tableware": "أدوات المائدة", "Napkins and runners": "مفارش ومناديل",
    "Fragrance": "عطور", "Perfume oils": "زيوت عطرية", "Eau de parfum": "عطور أو دو بارفان",
}  # fmt: skip

ATTRIBUTES = {
    "material": "الخامة", "neckline": "فتحة الرقبة", "sleeve": "الكمّ", "occasion": "المناسبة", "pattern": "النقشة",
    "lining": "البطانة", "care": "العناية", "fit": "القصّة", "season": "الموسم", "closure": "الإغلاق",
    "origin": "بلد المنشأ", "heel": "الكعب", "toe": "مقدّمة الحذاء", "sole": "النعل", "strap": "الحزام",
    "hardware": "القطع المعدنية", "plating": "الطلاء", "stone": "الحجر", "thread_count": "عدد الخيوط",
    "scent": "العائلة العطرية",
}  # fmt: skip

SENTENCES: dict[str, tuple[str] | tuple[str, str]] = {
    "{manner} {material} gives the {noun} shape.": (
        "{material} يمنح {the_noun} شكله المميّز.", "{material} يمنح {the_noun} شكلها المميّز.",
    ),
    "{noun} in {material}, made to be worn often.": (
        "{noun} {of_material}، صُمّم للاستخدام اليومي.", "{noun} {of_material}، صُمّمت للاستخدام اليومي.",
    ),
    "Our {manner} {noun}, in {material} that gets better with time.": (
        "{title}، يزداد جمالًا مع الوقت.", "{title}، تزداد جمالًا مع الوقت.",
    ),
    "The {noun} we reach for first: {manner}, and easy to keep.": (
        "{the_noun} الذي نختاره أولًا: {manner}، وسهل العناية.", "{the_noun} التي نختارها أولًا: {manner}، وسهلة العناية.",
    ),
    "Cut from {material} and finished by hand.": (
        "مقصوص من {material} ومُتمّم باليد.", "مقصوصة من {material} ومُتمّمة باليد.",
    ),
    "Light {material} in a {manner} shape.": ("{title}، خفيف عند الارتداء.", "{title}، خفيفة عند الارتداء."),
    "Made in small numbers.": ("يُصنع بأعداد محدودة.", "تُصنع بأعداد محدودة."),
    "The colour is dyed in the piece, so no two are quite alike.": (
        "تُصبغ كل قطعة على حدة، فلا تتشابه قطعتان تمامًا.",
    ),
    "Pairs with everything else by {brand}.": (
        "يتناسق مع كل ما تقدّمه {brand}.", "تتناسق مع كل ما تقدّمه {brand}.",
    ),
    "A favourite from last year, back in new colours.": (
        "من أحبّ قطع العام الماضي، يعود بألوان جديدة.", "من أحبّ قطع العام الماضي، تعود بألوان جديدة.",
    ),
    "Checked by hand before it leaves the workshop.": (
        "يُفحص باليد قبل خروجه من المشغل.", "تُفحص باليد قبل خروجها من المشغل.",
    ),
    "Light to travel with.": ("خفيف في السفر.", "خفيفة في السفر."),
    "Easy to layer.": ("يسهل تنسيقه مع طبقات أخرى.", "يسهل تنسيقها مع طبقات أخرى."),
    "Free returns within 30 days.": ("إرجاع مجاني خلال 30 يومًا.",),
    "Comes in a cotton pouch.": ("يأتي في كيس من القطن.", "تأتي في كيس من القطن."),
    "Care: see the label.": ("العناية: راجع الملصق.",),
    "Designed by {brand}.": ("من تصميم {brand}.",),
}  # fmt: skip
"""The sentences of descriptions, about a masculine and about a feminine noun."""
