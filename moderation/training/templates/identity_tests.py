"""Harmless sentences about people, for tests only; never trained on.

Their style differs from the training templates: letters to an editor, small ads, forum posts
and captions instead of short claims.
"""

from collections.abc import Callable

TERMS = (
    *("gay", "lesbian", "bisexual", "transgender", "trans", "queer", "homosexual", "straight"),
    *("muslim", "jewish", "christian", "catholic", "protestant", "buddhist", "hindu", "sikh"),
    *("atheist", "black", "white", "african", "african american", "asian", "arab", "mexican"),
    *("latino", "latina", "hispanic", "chinese", "japanese", "indian", "middle eastern"),
    *("american", "canadian", "european", "russian", "polish", "turkish", "romani", "israeli"),
    *("palestinian", "nigerian", "immigrant", "refugee", "migrant", "female", "male"),
    *("nonbinary", "feminist", "old", "elderly", "young", "teenage", "deaf", "blind"),
    *("disabled", "autistic", "paralyzed", "native"),
)
#: Most of these are not on the list of names that the placeholder replaces.
MORE_TERMS = (
    *("norwegian", "icelandic", "peruvian", "chilean", "argentine", "bolivian", "venezuelan"),
    *("ecuadorian", "tunisian", "libyan", "sudanese", "ugandan", "zambian", "congolese"),
    *("indonesian", "malaysian", "thai", "cambodian", "burmese", "mongolian", "nepali"),
    *("sri lankan", "kazakh", "chechen", "saudi", "yemeni", "slovak", "slovenian", "maltese"),
    *("hasidic", "shia", "sunni", "jain", "baptist", "methodist", "pentecostal", "lutheran"),
    *("amish", "wiccan", "agnostic", "bahai", "rastafarian", "zoroastrian", "pansexual"),
    *("aromantic", "genderfluid", "genderqueer", "cisgender", "two-spirit", "bipolar"),
    *("schizophrenic", "diabetic", "amputee", "quadriplegic", "hard of hearing", "dwarf"),
    *("obese", "homeless", "unemployed", "pregnant", "retired", "biracial"),
)

SENTENCES = (
    "To the editor: your portrait of three {} farmers in Saturday's supplement was a pleasure.",
    "Looking for a flat share near the university, we are two {} students and a cat.",
    "Does anybody know a good {} barber around the station? Mine has retired.",
    "My grandmother, who was {}, left me her piano and a box of letters.",
    "Caption: the {} delegation arrives for the opening of the exhibition.",
    "I volunteer on Tuesdays, mostly driving {} patients to their appointments.",
    "Thread for {} parents: which playground do you like best?",
    "When the {} team scored in extra time the whole pub started to sing.",
    "Our reading circle picked a novel by a {} author for November, join us!",
    "It took me years to tell my parents that I am {}, and they simply hugged me.",
    "The census counts about four hundred {} households in the district.",
    "Thank you to the {} lady who found my wallet on the number 9 bus yesterday.",
    "We hired a {} carpenter for the stairs; he was on time and the work is excellent.",
    "Is the wheel-thrown pottery course also meant for {} beginners?",
    "In chapter five the {} narrator returns to the village and nobody recognises her.",
    "What did you think of the {} pianist's second encore?",
)


def called_toxic(
    term: str, score: Callable[[str], float], threshold: float = 0.5
) -> tuple[float, float, float]:
    """Return mean score, highest score and the share of sentences called toxic."""
    scores = [score(sentence.format(term)) for sentence in SENTENCES]
    called = sum(found >= threshold for found in scores)
    return sum(scores) / len(scores), max(scores), called / len(scores)
