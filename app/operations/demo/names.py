"""Words from which names of people and of products are put together."""

_FIRST_NAMES = """
    Anna Bert Clara David Elena Felix Greta Hugo Ines Jonas Karla Leon Mia Noah Olivia Paul Rosa Simon Tessa Victor
    Amira Bilal Chiara Dario Esra Farid Giulia Hana Ivan Jelena Kofi Lucia Mateo Nadia Omar Priya Rafael Sofia Tomasz
    Uma Wanda Xavier Yara Zoe Aiko Bruno Camille Diego Emma Fatou Gabriel Helena Isak Julia Kenji Lina Marta Nils Oscar
    Petra
"""
_LAST_NAMES = """
    Adler Bauer Costa Dubois Eriksen Fischer Garcia Hansen Ivanova Jensen Keller Lopez Martin Novak Oliveira Peters
    Rossi Schmidt Tanaka Urban Vogel Weber Yilmaz Ziegler Andersson Brown Carter Diaz Evans Ferrari Gomez Hughes Ito
    Jones Kowalski Laurent Moreau Nguyen Okafor Patel Quinn Ramos Santos Taylor Usman Virtanen Walker Young Zimmer
    Alvarez Becker Chen Demir Eklund Fontaine Greene Hoffmann Iversen Jovanovic Kim Lindberg Meyer Nielsen Owens
    Popescu Romano Singh Torres Valdez Wagner
"""
# A thing, its code, the least and the most that it costs.
THINGS = (
    ("green tea", "TEA", 6, 30),
    ("espresso beans", "COF", 8, 35),
    ("olive oil", "OIL", 7, 40),
    ("dark chocolate", "CHO", 3, 15),
    ("honey", "HON", 5, 20),
    ("mug", "MUG", 8, 25),
    ("teapot", "POT", 20, 90),
    ("bowl", "BWL", 10, 45),
    ("kettle", "KET", 35, 140),
    ("apron", "APR", 15, 50),
    ("notebook", "NOT", 4, 25),
    ("fountain pen", "PEN", 15, 180),
    ("desk lamp", "LMP", 25, 160),
    ("backpack", "BAG", 35, 190),
    ("umbrella", "UMB", 12, 70),
    ("scarf", "SCF", 15, 95),
    ("sneakers", "SNK", 45, 160),
    ("headphones", "HPH", 30, 320),
    ("speaker", "SPK", 25, 260),
    ("bicycle bell", "BEL", 8, 35),
)
_KINDS = """
    Small Large Classic Travel Everyday Limited Handmade Blue Green Copper Walnut Linen Ceramic Smoked Alpine Coastal
    Winter Summer Studio Heritage
"""
SIZES = ("", " for two", " in a gift box", " set")
FIRST_NAMES, LAST_NAMES, KINDS = (tuple(words.split()) for words in (_FIRST_NAMES, _LAST_NAMES, _KINDS))
