"""The initial discussion of the demonstration, as data."""

from dataclasses import dataclass

from moderation.domain.reasons import Code

TITLE = "Who keeps the market hall?"
#: The name that readers see beside the staff's reply.
REPORTER = "Nora Pellworth"


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment of the demonstration."""

    key: str
    author: str
    #: Age at the demonstration's first start.
    minutes: int
    text: str
    #: Key of the remark that it answers.
    answers: str = ""
    staff: bool = False
    featured: bool = False
    #: The finding that holds it; None when it is published.
    held: Code | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A reader's report of a remark, too few of which hold it."""

    about: str
    reason: str
    #: Each reader is on a network of their own, reserved for documentation.
    address: str
    minutes: int
    text: str = ""


#: Votes for and against published comments, by key.
VOTES = {
    "eggs": (9, 0),
    "numbers": (6, 2),
    "contract": (11, 1),
    "roofer": (24, 1),
    "bays": (4, 0),
    "levy": (15, 0),
    "accounts": (3, 0),
    "library": (8, 0),
    "flats": (7, 9),
    "affordable": (10, 2),
    "saturdays": (6, 8),
    "trust": (5, 3),
    "buckets": (12, 0),
}

REPORTS = (
    Complaint(
        "saturdays",
        "harassment",
        "192.0.2.14",
        590,
        "He makes fun of everybody who signed the petition.",
    ),
    Complaint("saturdays", "off_topic", "203.0.113.52", 210),
    Complaint(
        "trust",
        "spam",
        "203.0.113.9",
        140,
        "Is she paid by the Trust? It reads like an advertisement.",
    ),
)

THREAD = (
    Remark(
        "eggs",
        "Margaret Dowd",
        2790,
        "I have bought my eggs in that hall since 1971, and the roof leaked then too. It was "
        "never a reason to sell. It was a reason to send for Mr Pellow and his ladder.",
    ),
    Remark(
        "numbers",
        "Colin Bexley",
        2735,
        "I love the place, but 2.3 million is more than the town spends on every road in a year. "
        "If the roof can be mended without our money, I would like to see the contract before I "
        "say no to it.",
    ),
    Remark(
        "contract",
        "Priya Raman",
        2690,
        "That is the trouble: we cannot see the contract. The committee voted on a two-page "
        "summary. I asked for the rest at the meeting and was told it is commercially sensitive.",
        answers="numbers",
    ),
    Remark(
        "roofer",
        "Jonah Marsh",
        2480,
        "Retired roofer here, forty years on slate, lead and iron. I went up with the surveyors in "
        "March. The lantern needs work and the north gutter is past saving, but **two thirds of "
        "that 2.3 million is scaffolding and a full repaint**. Do it bay by bay over six summers, "
        "with the hall open underneath, and I would be surprised if it came to half.",
        featured=True,
    ),
    Remark(
        "bays",
        "Colin Bexley",
        2440,
        "Thank you, that is the first explanation of the figure that I have understood. Did the "
        "surveyors price it that way?",
        answers="roofer",
    ),
    Remark(
        "unpriced",
        "Jonah Marsh",
        2415,
        "They were asked for one figure, for one job, so they gave one.",
        answers="bays",
    ),
    Remark(
        "levy",
        "Ines Carvalho",
        1930,
        "My parents paid the roof levy on pitch 14 for eleven years. It was on every rent slip, "
        "under that name. Whatever the solicitor says about ring-fencing, we were not paying it "
        "for a bus route.",
    ),
    Remark(
        "accounts",
        "Howard Finch",
        1870,
        "Where can the rest of us read those accounts? The council’s website only goes back to "
        "2019.",
        answers="levy",
    ),
    Remark(
        "library",
        REPORTER,
        1815,
        "The older years are on paper in the local history room of the library, second floor, "
        "and anyone may copy them. We are scanning our set and will publish all of it this week.",
        answers="accounts",
        staff=True,
    ),
    Remark(
        "scans",
        "Howard Finch",
        1790,
        "Much appreciated. Scans will save me the stairs.",
        answers="library",
    ),
    Remark(
        "flats",
        "Bea Lindqvist",
        1340,
        "Am I alone in thinking that nineteen flats by the river are not the worst idea? My "
        "daughter teaches at the primary school and rents a room two valleys away.",
    ),
    Remark(
        "affordable",
        "Priya Raman",
        1290,
        "You are not alone, and I would sign for nineteen flats that a teacher can pay for. The "
        "summary does not say that any of them will be.",
        answers="flats",
    ),
    Remark(
        "saturdays",
        "Dafydd Rees",
        640,
        "> shut four days in seven\n\nIt is shut because the council stopped the Wednesday and "
        "Friday markets in 2014. You cannot close a thing and then complain that it is closed.",
    ),
    Remark(
        "trust",
        "Ruth Adeyemi",
        395,
        "I rent a workshop in the ropewalk from the Trust. They are slow, they are fussy about "
        "paint, and in nine years they have not once broken a promise. Give them the lease.",
    ),
    Remark(
        "buckets",
        "Tom Ashdown",
        85,
        "Eleven leaks, by name! I have read Mrs Quill’s list. Number seven is called "
        "Councillor, because it only drips when people are watching.",
    ),
    Remark(
        "cowards",
        "Gaz",
        410,
        "Five votes to four, and half of them have never set foot in the hall. F.u.c.k.i.n.g "
        "c0wards, the lot of them.",
        held=Code.PROFANITY,
    ),
    Remark(
        "outside",
        "Ferry Lane Lad",
        300,
        "I know where Manningtree lives. If he sells our hall I will burn his house down.",
        held=Code.THREAT,
    ),
    Remark(
        "offer",
        "Cash4Homes",
        190,
        "Worried about money for the roof? I make $4,800 a week from home, no experience needed. "
        "Start today at https://roof-cash.example/join",
        held=Code.SPAM_PHRASE,
    ),
    Remark(
        "liar",
        "Straight Talker",
        125,
        "Okafor is a pathetic liar, and you are all idiots for believing him.",
        answers="levy",
        held=Code.INSULT,
    ),
    Remark(
        "phone",
        "A Neighbour",
        25,
        "If you want to ask Imogen Sallow what the rent will be, ring her at home, she is in after "
        "six: 07700 900461, or i.sallow@larkrise.example.",
        held=Code.PERSONAL_DATA,
    ),
)
