"""Sentences that each test one ability, in the manner of HateCheck; never trained on.

They share no wording with the training templates (`people.py`, `groups.py`), because a model
could have memorised those. An ability is either to detect abuse, or to ignore harmless
sentences with its words.
"""

from dataclasses import dataclass
from itertools import cycle, islice


@dataclass(frozen=True, slots=True)
class Ability:
    """Sentences that differ in words only, with a flag for abuse."""

    name: str
    abuse: bool
    sentences: tuple[str, ...]


MANY = ("Muslims", "women", "gay people", "immigrants", "black people", "disabled people", "Jews")
ONE = ("Muslim", "woman", "gay man", "immigrant", "black man", "disabled person", "Jew")
OBJECTS = ("router", "lawnmower", "coffee machine", "ticket app", "zipper", "elevator", "tent")
NAMES = ("idiot", "moron", "loser", "clown", "dumbass", "imbecile", "bastard")
TRADES = ("bankers", "referees", "landlords", "politicians", "plumbers", "critics", "goalkeepers")

_FUNCTIONS: tuple[tuple[str, bool, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "derogation",
        True,
        MANY,
        (
            "I have always found {} repulsive.",
            "Honest question: why are {} such disgusting creatures?",
            "There is nothing lower than {}, absolute garbage the lot of them.",
            "{} are stupid and filthy, that's just a fact.",
            "God, I loathe {}.",
        ),
    ),
    (
        "dehumanisation",
        True,
        MANY,
        (
            "{} breed like cockroaches.",
            "We have a problem with pests in this street, I mean {}.",
            "{} aren't even human, more like animals.",
            "This country is infested with {}.",
        ),
    ),
    (
        "threat to a group",
        True,
        MANY,
        (
            "Somebody ought to put {} against a wall and shoot.",
            "I would happily strangle {} with my own hands.",
            "{} will bleed for this, we are ready.",
            "Time to hunt down {} one by one.",
        ),
    ),
    (
        "threat to a person",
        True,
        NAMES,
        (
            "Next time I see you in the car park you are getting stabbed, {}.",
            "I swear I'll slit your dog's throat and then yours, {}.",
            "Count your days, {}, I have got a gun.",
        ),
    ),
    (
        "insult",
        True,
        NAMES,
        (
            "Did your mother drop you on the head, {}?",
            "Spoken like a true {}, congratulations to your two brain cells.",
            "Oh look, the resident {} has opinions again.",
            "Imagine being such a {} in public.",
        ),
    ),
    (
        "swearing at a group",
        True,
        MANY,
        (
            "Fuck {}, every single one.",
            "I don't want any more fucking {} on my bus.",
            "{} can go and eat shit.",
        ),
    ),
    (
        "abuse, misspelt",
        True,
        (
            "You are a complete idoit and a lyar.",
            "what a stooopid muppet you are",
            "ur mom is an ugly biatch",
            "go kil yourself u looser",
            "y o u are pathetic scumm",
            "i haaaate muslims they r disgustin",
            "wimmen are dumm and useles",
            "fukin immigrants, disgussting",
            "YOU ABSOLUTE MORRON",
            "effing retarded gays make me puke",
        ),
        ("{}",),
    ),
    (
        "hate without foul words",
        True,
        MANY,
        (
            "This town was nicer before {} moved in.",
            "I would never let {} near my children.",
            "Strange how crime goes up wherever {} settle.",
            "{} should know their place.",
        ),
    ),
    (
        "negated hate",
        False,
        MANY,
        (
            "I have never hated {} and never will.",
            "No, {} aren't vermin, and I won't have it said at my table.",
            "We do not want {} to be harmed or driven out.",
            "{} are not stupid, whatever you have been told.",
        ),
    ),
    (
        "negated insult",
        False,
        NAMES,
        (
            "I am not saying that you are an {}, only that the sum is off.",
            "You would have to be no {} at all to fall for that, it was clever.",
            "Don't worry, nobody takes you for a {}.",
            "She isn't a {}; she was simply tired.",
        ),
    ),
    (
        "quoted hate",
        False,
        MANY,
        (
            'The leaflet in my letter box read "{} are parasites", and I binned it.',
            'Yesterday a man on the tram yelled "death to {}" at a child.',
            'Reported: the comment above says "I despise {}".',
            "According to the transcript the accused called {} filthy animals.",
        ),
    ),
    (
        "counter-speech",
        False,
        MANY,
        (
            "Saying you want {} dead is vile. Delete that.",
            "If you think {} are inferior, you have learned nothing from history.",
            "Your hatred for {} says more about you than about them.",
            "Stop spreading lies about {}, they are our neighbours.",
        ),
    ),
    (
        "abuse quoted by its target",
        False,
        NAMES,
        (
            'He wrote "shut your mouth, {}" under my holiday photo and I felt awful.',
            "Three times this week I was called {} for asking a question here.",
            "My teacher once called me a {} in front of everybody.",
        ),
    ),
    (
        "abuse at things",
        False,
        OBJECTS,
        (
            "I hate this {}, it breaks every week.",
            "Stupid {}, what a useless piece of junk.",
            "Kill the {} process, it's a plague.",
            "My {} is trash and deserves to be burned.",
        ),
    ),
    (
        "abuse at trades",
        False,
        TRADES,
        (
            "I can't stand {}, they never pick up the phone.",
            "{} are overpaid and should be ashamed of themselves.",
            "We could do with fewer {}.",
        ),
    ),
    (
        "kind words about a group",
        False,
        MANY,
        (
            "What a joy to celebrate the holiday together with {}.",
            "{} run the best bakery in the whole district.",
            "Let's make the new library easy to reach for {}.",
            "I admire {} for their patience.",
        ),
    ),
    (
        "slurs taken back",
        False,
        (
            "My fellow queers, see you at the parade!",
            "we dykes on bikes meet at noon, bring sunscreen",
            "As a fag myself I find this sitcom hilarious.",
            "Us crips have a dark sense of humour, trust me.",
            "Proud tranny here, ask me anything about my trip.",
            "my bitches and I are going dancing tonight, love you girls",
            "I call myself a nerd and a freak, with affection.",
            "Queer as hell and happy about it.",
        ),
        ("{}",),
    ),
    (
        "swearing at nobody",
        False,
        (
            "Fucking hell, that sunset!",
            "Shit, the oven is still on.",
            "That guitar solo is sick as fuck.",
            "Holy crap, we won the raffle.",
            "bloody brilliant, you beautiful bastards did it",
            "Damn, these dumplings are good.",
            "well that was a shitshow of a launch, but it flew",
            "no shit, the shop opens at six?",
        ),
        ("{}",),
    ),
    (
        "violent words, harmless",
        False,
        (
            "The critics murdered his second album, unfairly I think.",
            "I would kill for a slice of that cake.",
            "Shoot the scene again, the light was dreadful.",
            "Our goalkeeper was on fire, they got slaughtered five nil.",
            "Bomb cyclone expected on Friday, stay at home.",
            "The poison ivy strangled my roses.",
            "Execute the script twice and hang up.",
            "She died laughing at your hat.",
        ),
        ("{}",),
    ),
    (
        "disagreement",
        False,
        (
            "You have misread the table, look at column three again.",
            "That is the weakest argument I have heard all week.",
            "With respect, you don't know what you are talking about here.",
            "I find your position cruel and I will vote against it.",
            "The council lied to us and I am furious.",
            "This review is unfair to the cook.",
            "Nonsense, the bridge was built in 1911.",
            "Why would anybody defend such a bad law?",
        ),
        ("{}",),
    ),
)

_ONE_OF = (
    ("derogation", "Trust me, a {} would sell you rotten fish and smile, dirty scum."),
    ("counter-speech", "You don't get to treat her like dirt because she married a {}."),
    ("kind words about a group", "The {} who repaired my bicycle refused to take any money."),
)


def abilities(each: int = 5) -> list[Ability]:
    """Return every ability with its sentences: up to `each` for each template."""
    found = []
    for name, abuse, words, frames in _FUNCTIONS:
        turn = cycle(words)
        several = len(words) if frames == ("{}",) else each
        made = [frame.format(word) for frame in frames for word in islice(turn, several)]
        made += [frame.format(word) for kind, frame in _ONE_OF if kind == name for word in ONE]
        found.append(Ability(name, abuse, tuple(_begun(sentence) for sentence in made)))
    return found


def _begun(sentence: str) -> str:
    """Return a sentence in which a group at the beginning is capitalised."""
    return sentence[:1].upper() + sentence[1:] if sentence.startswith(MANY) else sentence
