"""Names, cities and phone prefixes of the cultures of the customers."""

from typing import NamedTuple

from demo.draws import words

GULF = ("Dubai", "Abu Dhabi", "Sharjah", "Ajman", "Al Ain", "Ras Al Khaimah", "Doha", "Muscat", "Manama", "Kuwait City")


class Culture(NamedTuple):
    """A culture with its names. A name may be followed by `|` and its Arabic spelling."""

    weight: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    cities: tuple[str, ...]
    phones: tuple[tuple[str, int], ...]
    """Mobile prefixes, each with the number of digits that follow it."""


ARAB = Culture(
    weight=38,
    women=words(
        "Aisha|عائشة, Amina|أمينة, Asma|أسماء, Dalia|داليا, Dana|دانة, Dina|دينا, Farah|فرح, Fatima|فاطمة, Ghada|غادة, "
        "Hala|هالة, Hanan|حنان, Hessa|حصة, Huda|هدى, Iman|إيمان, Jamila|جميلة, Khadija|خديجة, Lama|لمى, Latifa|لطيفة, "
        "Lina|لينا, Lubna|لبنى, Maha|مها, Mariam|مريم, Maryam|مريم, Maysa|ميساء, Mona|منى, Nadia|نادية, Najwa|نجوى, "
        "Noura|نورة, Rana|رنا, Rania|رانيا, Reem|ريم, Rima|ريما, Salma|سلمى, Samira|سميرة, Sara|سارة, Shaikha|شيخة, "
        "Yasmin|ياسمين, Zahra|زهرة, Zainab|زينب, Zeina|زينة"
    ),
    men=words(
        "Abdullah|عبدالله, Adel|عادل, Ahmed|أحمد, Ali|علي, Amir|أمير, Anas|أنس, Ayman|أيمن, Bassam|بسام, Fadi|فادي, "
        "Fahad|فهد, Faisal|فيصل, Hamad|حمد, Hamdan|حمدان, Hani|هاني, Hassan|حسن, Hussein|حسين, Ibrahim|إبراهيم, "
        "Jassim|جاسم, Karim|كريم, Khaled|خالد, Khalifa|خليفة, Mahmoud|محمود, Majed|ماجد, Malik|مالك, Mansour|منصور, "
        "Mohammed|محمد, Mustafa|مصطفى, Nasser|ناصر, Omar|عمر, Rashid|راشد, Saeed|سعيد, Salem|سالم, Sami|سامي, "
        "Sultan|سلطان, Tariq|طارق, Walid|وليد, Yousef|يوسف, Ziad|زياد"
    ),
    families=words(
        "Abbas|عباس, Al Ali|العلي, Al Balushi|البلوشي, Al Falasi|الفلاسي, Al Ghamdi|الغامدي, Al Hammadi|الحمادي, "
        "Al Harbi|الحربي, Al Ketbi|الكتبي, Al Mansoori|المنصوري, Al Marri|المري, Al Mazrouei|المزروعي, "
        "Al Mutairi|المطيري, Al Nuaimi|النعيمي, Al Otaibi|العتيبي, Al Qasimi|القاسمي, Al Shamsi|الشامسي, "
        "Al Suwaidi|السويدي, Al Zaabi|الزعابي, Barakat|بركات, Darwish|درويش, Fakhoury|فاخوري, Farouk|فاروق, "
        "Habib|حبيب, Haddad|حداد, Hamdi|حمدي, Hijazi|حجازي, Ismail|إسماعيل, Jaber|جابر, Kanaan|كنعان, Khalil|خليل, "
        "Khoury|خوري, Mansour|منصور, Masri|المصري, Nasr|نصر, Qasim|قاسم, Rahman|رحمن, Saleh|صالح, Salim|سليم, "
        "Shaheen|شاهين, Sharif|شريف, Taha|طه, Younes|يونس, Zidan|زيدان"
    ),
    cities=words("Riyadh, Jeddah, Cairo, Alexandria, Amman, Beirut, Casablanca, Tunis, Baghdad, Kuwait City, Doha"),
    phones=(("+97150", 7), ("+97155", 7), ("+96650", 7), ("+96655", 7), ("+20100", 7), ("+96279", 7)),
)

OTHERS = (
    Culture(
        weight=18,
        women=words(
            "Aarti, Anjali, Ayesha, Deepa, Divya, Isha, Kavya, Lakshmi, Meera, Nandini, Neha, Pooja, Priya, "
            "Riya, Shreya, Sunita"
        ),
        men=words(
            "Aditya, Ajay, Arjun, Bilal, Farhan, Imran, Karthik, Manish, Nikhil, Rahul, Rohan, Sanjay, Usman, "
            "Varun, Vikram, Zubair"
        ),
        families=words(
            "Agarwal, Ahmed, Bhat, Chaudhry, Das, Ghosh, Iyer, Joshi, Kapoor, Khan, Malhotra, Menon, Mirza, "
            "Nair, Patel, Rao, Sharma, Siddiqui, Singh, Verma"
        ),
        cities=words("Mumbai, Bengaluru, Delhi, Kochi, Hyderabad, Karachi, Lahore, Islamabad"),
        phones=(("+9198", 8), ("+9199", 8), ("+92300", 7), ("+92321", 7)),
    ),
    Culture(
        weight=9,
        women=words(
            "Andrea, Angelica, Bianca, Camille, Carmela, Jasmine, Joy, Kristine, Liza, Maricel, Rosario, Tala"
        ),
        men=words("Carlo, Christian, Dante, Efren, Gabriel, Jericho, Jomar, Marco, Paolo, Ramil, Rey, Rodel"),
        families=words(
            "Aquino, Bautista, Castillo, Cruz, Dela Cruz, Garcia, Mendoza, Navarro, Ocampo, Pangilinan, Ramos, "
            "Reyes, Santos, Villanueva"
        ),
        cities=words("Manila, Cebu, Davao, Quezon City"),
        phones=(("+63917", 7), ("+63918", 7)),
    ),
    Culture(
        weight=13,
        women=words(
            "Alice, Charlotte, Chloé, Clara, Elena, Emma, Freya, Giulia, Hannah, Inês, Isabel, Léa, Maja, "
            "Niamh, Sofia, Zoë"
        ),
        men=words(
            "Björn, Connor, Daniel, Elias, François, Giorgio, Hugo, James, Jürgen, Liam, Lukas, Mateo, Nicolò, "
            "Oliver, Søren, Tom"
        ),
        families=words(
            "Andersson, Bauer, Bennett, Conti, Dubois, Fernández, Ferrari, Hansen, Hughes, Lefèvre, Martin, "
            "Müller, O'Brien, Oliveira, Rossi, Schmidt, Taylor, Walker, Weber, Wilson"
        ),
        cities=words("London, Manchester, Paris, Lyon, Berlin, Munich, Milan, Madrid, Lisbon, Copenhagen, Stockholm"),
        phones=(("+44782", 7), ("+3361", 7), ("+3362", 7), ("+491701", 7), ("+491601", 7)),
    ),
    Culture(
        weight=7,
        women=words("Abena, Adaeze, Amara, Chiamaka, Eden, Folake, Hiwot, Makena, Ngozi, Thandiwe, Wanjiru, Zola"),
        men=words("Abebe, Chidi, Dawit, Emeka, Kamau, Kofi, Kwame, Lwazi, Mandla, Obinna, Sipho, Tunde"),
        families=words(
            "Abiola, Adeyemi, Asante, Bekele, Dlamini, Eze, Kamau, Mensah, Mwangi, Nkosi, Nwosu, Obi, Okafor, "
            "Owusu, Tadesse"
        ),
        cities=words("Lagos, Abuja, Nairobi, Accra, Addis Ababa, Johannesburg, Cape Town"),
        phones=(("+234803", 7), ("+25472", 7), ("+23324", 7)),
    ),
    Culture(
        weight=6,
        women=words("Ai, Haruka, Hui, Jiwoo, Lan, Mei, Minh Anh, Sakura, Seo-yeon, Thuy, Xin, Yuki"),
        men=words("Bo, Daichi, Duc, Hao, Hiroshi, Jae, Jun, Kenji, Long, Minjun, Ren, Wei"),
        families=words(
            "Chen, Choi, Huang, Ito, Kim, Lee, Li, Lim, Nguyen, Park, Sato, Suzuki, Tanaka, Tran, Wang, Zhang"
        ),
        cities=words("Singapore, Shanghai, Hong Kong, Tokyo, Osaka, Seoul, Hanoi"),
        phones=(("+8180", 8), ("+82102", 7), ("+8490", 7), ("+86138", 8)),
    ),
    Culture(
        weight=6,
        women=words("Anahita, Ayşe, Defne, Elif, Leila, Nilüfer, Parisa, Roya, Shirin, Zeynep"),
        men=words("Arash, Burak, Cem, Darius, Emre, Kaveh, Kerem, Mehmet, Ömer, Reza"),
        families=words("Aydin, Çelik, Demir, Farahani, Hosseini, Karimi, Öztürk, Rahimi, Şahin, Tehrani, Yilmaz"),
        cities=words("Istanbul, Ankara, Izmir, Antalya"),
        phones=(("+90532", 7), ("+90542", 7)),
    ),
    Culture(
        weight=3,
        women=words("Ana, Camila, Catalina, Fernanda, Lucía, Renata, Valentina, Ximena"),
        men=words("Andrés, Bruno, Diego, João, Joaquín, Rafael, Santiago, Thiago"),
        families=words("Castro, Díaz, Gómez, Ibáñez, Lopes, Morales, Muñoz, Pereira, Rojas, Souza, Vargas"),
        cities=words("São Paulo, Mexico City, Bogotá, Santiago, Buenos Aires"),
        phones=(("+55119", 8), ("+57310", 7)),
    ),
)  # fmt: skip
CULTURES = (ARAB, *OTHERS)
