"""Generation of training sentences from templates: the same words with and without a target.

Word counts learn from newspapers and talk pages that "hate", "kill" and the names of groups
are linked to abuse. These sentences separate them: a thing instead of a person, a negation,
a quotation, a reply to abuse. Sentences that word counts cannot separate get a target below
the middle rather than zero. The test sentences are different ones, in another style
(`identity_tests.py`, `functional_tests.py`).
"""

import random
from dataclasses import dataclass

from moderation.training.templates.groups import (
    AGAINST,
    AGAINST_THREAT,
    AROUND,
    DENIED_AGAINST,
    GROUPS,
    KIND,
    PLAIN,
    THINGS,
)
from moderation.training.templates.identity_terms import SOMEONE
from moderation.training.templates.people import (
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


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its six targets, in the order of the labels."""

    text: str
    targets: tuple[float, float, float, float, float, float]


CLEAN = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: Not abuse, but with its words: near the middle, on the harmless side.
UNSURE = (0.2, 0.02, 0.05, 0.1, 0.03, 0.15)
#: The same with obscene words.
UNSURE_FOUL = (0.4, 0.02, 0.6, 0.15, 0.0, 0.02)
#: Aimed at a thing: rude, but without a victim.
ANGRY = (0.1, 0.0, 0.1, 0.03, 0.01, 0.0)
HATE = (0.97, 0.15, 0.1, 0.55, 0.02, 0.97)
HATE_THREAT = (0.98, 0.5, 0.1, 0.3, 0.85, 0.95)
INSULT = (0.95, 0.02, 0.1, 0.95, 0.0, 0.02)
FOUL_INSULT = (1.0, 0.2, 0.95, 0.97, 0.0, 0.03)
THREAT = (0.95, 0.3, 0.05, 0.15, 0.97, 0.02)
FOUL = (0.6, 0.02, 0.95, 0.05, 0.0, 0.0)

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
