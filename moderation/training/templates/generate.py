"""Our own sentences, made from frames: the same words with and without a target.

Word counts learn from newspapers and talk pages that "hate", "kill" and the names of
groups go together with abuse. These sentences take them apart: a thing instead of a
person, a negation, a quotation, an answer to abuse. What word counts cannot tell apart
gets a target below the middle rather than zero. The sentences that the model is checked
with are others, in another style (`identity.py`, `functional.py`).
"""

import random
from dataclasses import dataclass

from moderation.training.fillers import FILLERS
from moderation.training.frames_clauses import (
    AT_GROUPS,
    AT_GROUPS_HARM,
    AT_PERSONS,
    LOOKS_ALIKE,
    LOOKS_ALIKE_GROUPS,
    THREATS_AT,
)
from moderation.training.frames_groups import (
    AGAINST,
    AGAINST_THREAT,
    AROUND,
    DENIED_AGAINST,
    GROUPS,
    KIND,
    PLAIN,
    THINGS,
)
from moderation.training.frames_people import (
    AT_THINGS,
    AT_YOU,
    DENIED,
    EVERYDAY,
    FOUL_WORDS,
    HARMLESS,
    MACHINES,
    NAMES,
    NOT_AT_YOU,
    THREATS,
    TRAIT_AT_YOU,
    TRAIT_ELSEWHERE,
    TRAITS,
    WORSE,
)
from moderation.training.groups import SOMEONE


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its six targets, in the order of the labels."""

    text: str
    targets: tuple[float, float, float, float, float, float]


CLEAN = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: Not abuse, but made of its words: near the middle, on the good side.
UNSURE = (0.2, 0.02, 0.05, 0.1, 0.03, 0.15)
#: The same with foul words in it.
UNSURE_FOUL = (0.4, 0.02, 0.6, 0.15, 0.0, 0.02)
#: At a thing: rough, but at nobody.
ANGRY = (0.1, 0.0, 0.1, 0.03, 0.01, 0.0)
HATE = (0.97, 0.15, 0.1, 0.55, 0.02, 0.97)
HATE_THREAT = (0.98, 0.5, 0.1, 0.3, 0.85, 0.95)
INSULT = (0.95, 0.02, 0.1, 0.95, 0.0, 0.02)
FOUL_INSULT = (1.0, 0.2, 0.95, 0.97, 0.0, 0.03)
THREAT = (0.95, 0.3, 0.05, 0.15, 0.97, 0.02)
FOUL = (0.6, 0.02, 0.95, 0.05, 0.0, 0.0)

#: Frames of clauses, how often each is filled, and what they are.
SAID = (
    (AT_GROUPS, 8, HATE),
    (AT_GROUPS_HARM, 12, HATE_THREAT),
    (AT_PERSONS, 8, INSULT),
    (THREATS_AT, 10, THREAT),
    (LOOKS_ALIKE, 8, CLEAN),
    (LOOKS_ALIKE_GROUPS, 8, CLEAN),
)

OPENINGS = ("", "", "", "Honestly, ", "In my opinion ", "lol ", "Look: ", "I mean, ", "Sorry but ")
ENDINGS = ("", "", "", ".", ".", "!", " That's all.", " Think about it.", " Just saying.", "!!!")


def sentences(seed: int = 7) -> list[Labelled]:
    """Return all sentences, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - variety, not secrecy
    made: list[Labelled] = []

    def add(text: str, targets: tuple[float, float, float, float, float, float]) -> None:
        spoken = rng.choice(OPENINGS) + text
        if rng.random() < 0.3:
            spoken = spoken[:1].upper() + spoken[1:]
        made.append(Labelled(spoken + rng.choice(ENDINGS), targets))

    for frames, targets in ((AGAINST, HATE), (AGAINST_THREAT, HATE_THREAT)):
        for frame in frames:
            for group in rng.sample(GROUPS, 5):
                claim = frame.format(x=group)
                add(claim, targets)
                add(rng.choice(AROUND).format(c=claim), UNSURE)
            for thing in rng.sample(THINGS, 5):
                add(frame.format(x=thing), UNSURE if targets is HATE_THREAT else CLEAN)
    for frame in DENIED_AGAINST:
        for group in rng.sample(GROUPS, 6):
            add(frame.format(x=group), UNSURE)
    for frame in AT_THINGS:
        for thing in rng.sample(MACHINES, 6):
            add(frame.format(o=thing), ANGRY)
    for frame in KIND:
        for group in rng.sample(GROUPS, 12):
            add(frame.format(x=group), CLEAN)
    for frame in PLAIN:
        for word in rng.sample(SOMEONE, 20):
            made.append(Labelled(frame.format(a=word), CLEAN))
    for frame in AT_YOU:
        for name in rng.sample(NAMES, 10):
            add(frame.format(n=name), INSULT)
        for name in rng.sample(WORSE, 5):
            add(frame.format(n=name), FOUL_INSULT)
    for frame in NOT_AT_YOU:
        for name in rng.sample(NAMES, 12):
            add(frame.format(n=name), UNSURE)
    for frame in DENIED:
        for name in WORSE:
            add(frame.format(n=name), UNSURE_FOUL)
    for frame in TRAIT_AT_YOU:
        for trait in rng.sample(TRAITS, 14):
            add(frame.format(t=trait), INSULT)
    for frame in TRAIT_ELSEWHERE:
        for trait in rng.sample(TRAITS, 14):
            add(frame.format(t=trait), CLEAN)
    for repeated, targets in ((THREATS, THREAT), (HARMLESS, CLEAN), (FOUL_WORDS, FOUL)):
        for text in repeated:
            for _ in range(6):
                add(text, targets)
    for text in EVERYDAY:
        for _ in range(8):
            add(text, CLEAN)
    rng.shuffle(made)
    return made


def clause_sentences(seed: int = 8) -> list[Labelled]:
    """Return sentences in which something is said to or of people, or seems to be.

    What words tell is not learned from them: it would be these sentences, by heart.
    """
    rng = random.Random(seed)  # noqa: S311 - variety, not secrecy
    return [
        Labelled(rng.choice(OPENINGS) + _filled(frame, rng) + rng.choice(ENDINGS), targets)
        for frames, count, targets in SAID
        for frame in frames
        for _ in range(count)
    ]


def _filled(frame: str, rng: random.Random) -> str:
    """Fill each slot by itself: a frame with two of a kind gets two words."""
    for slot, words in FILLERS.items():
        while slot in frame:
            frame = frame.replace(slot, rng.choice(words), 1)
    return frame
