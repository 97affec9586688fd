"""Our own sentences, made from frames: the same words with and without a target.

Word counts learn from newspapers and talk pages that "hate", "kill" and the names of
groups go together with abuse. These sentences take them apart: a thing instead of a
person, a negation, a quotation, an answer to abuse. What word counts cannot tell apart
gets a target below the middle rather than zero. The sentences that the model is checked
with are others, in another style, and live with the tests.
"""

import random
from dataclasses import dataclass

from moderation.training.groups import SOMEONE


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its six targets, in the order of the labels."""

    text: str
    targets: tuple[float, float, float, float, float, float]


CLEAN = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: Not abuse, but made of its words: near the middle, on the good side.
UNSURE = (0.2, 0.02, 0.05, 0.1, 0.03, 0.15)
HATE = (0.97, 0.15, 0.1, 0.55, 0.02, 0.97)
HATE_THREAT = (0.98, 0.5, 0.1, 0.3, 0.85, 0.95)
INSULT = (0.95, 0.02, 0.1, 0.95, 0.0, 0.02)
FOUL_INSULT = (1.0, 0.2, 0.95, 0.97, 0.0, 0.03)
THREAT = (0.95, 0.3, 0.05, 0.15, 0.97, 0.02)
FOUL = (0.6, 0.02, 0.95, 0.05, 0.0, 0.0)

GROUPS = (
    "gay people",
    "lesbians",
    "trans people",
    "Muslims",
    "Jews",
    "Christians",
    "Hindus",
    "atheists",
    "black people",
    "white people",
    "Asians",
    "Arabs",
    "Mexicans",
    "Americans",
    "Russians",
    "Turks",
    "Poles",
    "Roma",
    "immigrants",
    "refugees",
    "foreigners",
    "women",
    "men",
    "girls",
    "feminists",
    "disabled people",
    "deaf people",
    "blind people",
    "old people",
    "teenagers",
)
THINGS = (
    "mosquitoes",
    "deadlines",
    "potholes",
    "pop-ups",
    "early alarms",
    "slugs",
    "weeds",
    "leaf blowers",
    "cookie banners",
    "speed bumps",
    "plastic forks",
    "spreadsheets",
    "Mondays",
    "parking meters",
    "wasps",
    "printers",
    "old tyres",
    "cheap umbrellas",
    "long queues",
    "flat batteries",
)

#: About a group; with a thing in its place they are harmless.
AGAINST = (
    "I hate {x}",
    "I hate all {x}",
    "I really despise {x}",
    "I can't stand {x}",
    "{x} make me sick",
    "{x} disgust me",
    "{x} are disgusting",
    "{x} are vermin",
    "{x} are a plague",
    "{x} are a disease on this country",
    "{x} are worthless",
    "{x} are filth",
    "{x} are scum",
    "{x} are trash",
    "{x} are inferior",
    "{x} are nothing but parasites",
    "{x} are subhuman",
    "{x} ruin everything",
    "{x} ruin our neighbourhood",
    "{x} should be banned from our town",
    "{x} don't belong here",
    "{x} do not deserve any rights",
    "{x} should all disappear",
    "{x} have no place in our country",
    "we must get rid of {x}",
    "get rid of all {x}",
    "keep {x} out of our streets",
    "send all {x} back where they came from",
    "nobody wants {x} around here",
    "the world would be better without {x}",
    "there are too many {x} in this city",
    "stop {x} before they take over",
    "{x} are to blame for everything",
    "{x} are all the same, dirty and useless",
    "never trust {x}",
    "{x} are like rats",
    "{x} are an abomination",
    "{x} are all liars and thieves",
    "{x} are too stupid to live here",
    "you can't expect anything good from {x}",
)
AGAINST_THREAT = (
    "kill all {x}",
    "{x} must be wiped out",
    "{x} should be shot",
    "we should burn all {x}",
    "I want to smash every one of the {x}",
    "exterminate {x}",
    "{x} deserve to be crushed",
    "let's destroy {x} once and for all",
    "someone should beat up {x}",
    "{x} belong in the gas chamber",
    "round up {x} and hang them",
)
#: The opposite of abuse, with its words: denied, quoted, answered, asked.
AROUND = (
    "it is wrong to say that {c}",
    "nobody here thinks that {c}",
    'he said "{c}" and was rightly thrown out',
    "whoever writes '{c}' should be ashamed",
    'Saying "{c}" is hateful, please stop',
    'I was shocked to read "{c}" on a poster',
    "how can anyone still believe that {c}?",
    "the article explains why the claim that {c} is a lie",
    'a user was blocked for writing "{c}"',
    "it is simply not true that {c}",
    'my uncle used to say "{c}" and we argued every time',
    'Comments such as "{c}" have to be removed',
)
KIND = (
    "I love {x}",
    "I have nothing against {x}",
    "{x} are welcome here",
    "{x} deserve respect like everybody else",
    "I am proud to work with {x}",
    "we must not discriminate against {x}",
    "the festival is organised by {x}",
    "many {x} live in our street and we get along well",
    "hatred of {x} has no place in our town",
    "{x} have been treated badly for centuries",
    "the museum shows how {x} lived a hundred years ago",
    "a new book about {x} came out in spring",
    "{x} were allowed to vote for the first time",
    "some {x} came to the meeting and asked good questions",
    "there is nothing wrong with being one of the {x}",
    "the law protects {x} from discrimination",
    "{x} and their families are invited to the picnic",
    "the survey asked {x} about their working hours",
    "it isn't fair how {x} are portrayed on television",
    "my best friends are {x}",
)
#: One member of a group, named in passing.
PLAIN = (
    "I am {a}.",
    "I'm {a} and I like cooking.",
    "My neighbour is {a}.",
    "My sister is {a}, and she plays the cello.",
    "Our new teacher is {a}.",
    "He is a {a} writer from Leeds.",
    "She is a {a} nurse at the hospital.",
    "They are {a}, as far as I know.",
    "As a {a} person I read this differently.",
    "As a {a} man I was surprised by this chapter.",
    "As a {a} woman I enjoyed the film.",
    "The {a} community opened a centre on Mill Road.",
    "The {a} couple next door has two dogs.",
    "Being {a} is not a choice.",
    "Being {a} is a part of who I am.",
    "You are {a}, right?",
    "Are you {a}?",
    "A {a} friend of mine lent me the bicycle.",
    "The mayor is {a}.",
    "Is this place open to {a} visitors?",
    "There are {a} bakeries on both sides of the road.",
    "I grew up in a {a} family.",
    "My {a} colleague fixed the heating.",
    "We met a {a} student on the train.",
    "Do {a} readers see it the same way?",
    "Hello, I'm {a} and new here.",
    "The first {a} judge was sworn in on Friday.",
    "{a} history is taught in the second year.",
    "Why is the actor described as {a} in the caption?",
    "It is a film about {a} teenagers in Paris.",
    "He came out as {a} last summer and we are glad for him.",
    "Two {a} people sat down at our table.",
    "Her {a} husband makes the best soup.",
    "The orchestra has a {a} conductor this year.",
    "I know a {a} dentist in your street.",
    "This hotel is popular with {a} travellers.",
    "{a} and proud.",
    "The {a} choir sings on Thursdays.",
    "{a}",
    "a {a} person",
)
NAMES = (
    "idiot",
    "moron",
    "imbecile",
    "fool",
    "clown",
    "loser",
    "coward",
    "liar",
    "creep",
    "parasite",
    "pig",
    "rat",
    "worm",
    "cretin",
    "dimwit",
    "halfwit",
    "jerk",
    "hypocrite",
    "crybaby",
    "nobody",
    "snowflake",
    "joke",
    "disgrace",
    "waste of space",
    "piece of trash",
    "sorry excuse for a human being",
    "pathetic little troll",
    "ignorant buffoon",
    "brainless sheep",
    "spineless weasel",
    "lunatic",
    "scumbag",
)
WORSE = (
    "asshole",
    "bastard",
    "bitch",
    "dickhead",
    "fucking idiot",
    "piece of shit",
    "dumbass",
    "motherfucker",
    "cunt",
    "prick",
    "shithead",
    "wanker",
)
TRAITS = (
    "stupid",
    "dumb",
    "pathetic",
    "ugly",
    "disgusting",
    "worthless",
    "useless",
    "ignorant",
    "brainless",
    "delusional",
    "insane",
    "a disgrace",
    "dense",
    "clueless",
    "vile",
    "dishonest",
    "a waste of oxygen",
    "as thick as a brick",
    "full of yourself",
    "an embarrassment to your family",
)
AT_YOU = (
    "you are a {n}",
    "you're a {n}",
    "you {n}",
    "what a {n} you are",
    "you absolute {n}",
    "only a {n} like you would write this",
    "shut up, {n}",
    "go away you {n}",
    "listen, {n}, nobody cares",
    "you really are a {n}, aren't you?",
    "stop being such a {n}",
    "get lost, {n}",
    "this guy is a complete {n}",
    "the author is a {n}",
    "the mayor is nothing but a {n}",
    "she is a {n} and so are her voters",
    "they are all {n}s",
    "another {n} who cannot read",
    "typical {n}",
    "learn to read, {n}",
)
NOT_AT_YOU = (
    "I was a {n} to believe it",
    "sorry, I was such a {n} yesterday",
    "you are not a {n}",
    "I never said you were a {n}",
    "please don't call other people a {n}",
    "he called me a {n} and was blocked for it",
    'the word "{n}" comes from the play',
    "nobody is a {n} here, let's stay calm",
    "is {n} an insult where you live?",
    'her book is called "The {n}"',
    "calling someone a {n} is against the rules",
)
TRAIT_AT_YOU = (
    "you are {t}",
    "you're so {t}",
    "you must be {t}",
    "you are {t} and everybody knows it",
    "how can anyone be this {t}? Look in the mirror",
    "your whole family is {t}",
    "she is {t} and should not be on television",
    "he's too {t} to understand it",
    "people like you are {t}",
    "everyone who voted for her is {t}",
    "these {t} people should not be allowed to vote",
)
TRAIT_ELSEWHERE = (
    "the new timetable is {t}",
    "my old phone is {t}",
    "what a {t} day",
    "this keyboard is {t}",
    "the weather was {t}",
    "I felt {t} after the exam",
    "that was {t} of me, sorry",
    "you are not {t}",
    "nobody said you were {t}",
    "I don't think you are {t}",
    "the sequel looked {t} but it was fun",
    "it's a {t} rule but we have to follow it",
)
THREATS = (
    "I will kill you",
    "I'm going to find you and hurt you",
    "I know where you live",
    "watch your back, I am coming for you",
    "you will die tonight",
    "I'll break your legs",
    "I will burn your house down",
    "you deserve to be shot and I will do it",
    "one more word and I'll smash your face in",
    "I hope somebody stabs you",
    "we will hunt you down",
    "you're dead if I ever see you",
    "your children will pay for this, I promise",
    "I will cut your throat",
    "sleep with one eye open, I will get you",
    "I'm going to strangle you",
    "someone should put a bullet in his head",
    "I'd love to run her over with my truck",
    "he should be hanged in public",
    "go kill yourself",
    "drink bleach and die",
    "hope you get cancer and die",
)
HARMLESS = (
    "this hill will kill my knees",
    "I'm going to find you a better link",
    "I know where you live is the name of a song",
    "watch your step, the floor is wet",
    "the battery will die tonight",
    "I'll break the cookies into pieces",
    "we burned the old wood in the garden",
    "the film was shot in Scotland and I loved it",
    "one more word about the ending and I'll cover my ears",
    "the player was stabbed in the back by his own club, so to speak",
    "we will hunt for mushrooms on Sunday",
    "my phone is dead again",
    "I will cut the bread",
    "the hanging plants look great",
    "the coach said the attack killed the game",
    "the bomb was defused after the war",
    "three people died in the fire, how sad",
    "she survived cancer and runs marathons",
    "the police arrested the man who threatened to kill his neighbour",
    "he was murdered in 1876 and buried in Kent",
    "a bullet list would be easier to read",
    "the knife is sharp, take care",
    "this joke is killing me",
    "you could kill two birds with one stone here",
    "the disease killed millions in the fourteenth century",
    "shoot me an e-mail when you are done",
    "the gun law was changed in spring",
    "if you feel like dying, please call a helpline, people care about you",
)
FOUL_WORDS = (
    "this is fucking great",
    "holy shit, what a goal",
    "the shit hit the fan",
    "I fucked up the recipe again",
    "damn, this shit is good",
    "what the fuck happened to the weather",
    "fuck yes",
    "no fucking way, congratulations!",
    "I don't give a shit about the weather",
    "shit, I forgot my keys",
    "that was one hell of a fucking concert",
    "my ass hurts from cycling",
)
EVERYDAY = (
    "Thanks for the explanation, that helped.",
    "I disagree with the second paragraph.",
    "I strongly disagree with you and think the figures are wrong.",
    "You are wrong about the date, it was in May.",
    "You are right, I had not thought of that.",
    "Why do you think so?",
    "You should read the report before you judge it.",
    "Please stop removing my comments without a reason.",
    "The argument does not convince me at all.",
    "I think the mayor made a bad decision.",
    "The government failed, and it should say so.",
    "This policy is a mistake and will cost us dearly.",
    "Could you add a source for that?",
    "Your article misses the point, in my opinion.",
    "What a terrible match, but at least nobody was hurt.",
    "The train was late again.",
    "Don't delete the table, it is useful.",
    "I don't like the new design very much.",
    "The pictures are too dark on my screen.",
    "Nobody asked the people who live there.",
    "Have you tried turning it off and on again?",
    "Our dog barks at the postman every morning.",
    "The recipe needs less sugar.",
    "I'm sorry for your loss.",
    "The sex of the kittens is not known yet.",
    "The teacher talked about slavery and racism in class.",
    "Breast cancer screening starts at fifty here.",
    "The rapist was sentenced to nine years.",
    "Racism is a problem in our league and we must talk about it.",
    "Hitler came to power in 1933.",
    "The Nazi regime murdered millions.",
    "That is nonsense, and the numbers show it.",
    "You keep repeating yourself.",
    "I hope you feel better soon.",
    "Well done, this is great work!",
    "Who wrote this?",
    "lol",
    "ok",
    "No.",
    "Yes, of course.",
    "You.",
    "Hello?",
    "first!",
    "the same here",
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
        for name in rng.sample(NAMES, 16):
            add(frame.format(n=name), UNSURE)
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
