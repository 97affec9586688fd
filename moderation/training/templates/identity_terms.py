"""Words that the toxicity model reads as members of a group of words.

The names of groups of people become one placeholder, so that the model cannot learn that
a group is toxic; slurs are not names and are not here. The other groups are only counted.
"""

_NAMES_OF_GROUPS = """
gay gays lesbian lesbians homosexual homosexuals homosexuality bisexual bisexuals transgender
transgendered transsexual transsexuals trans queer queers lgbt lgbtq straight heterosexual
heterosexuals nonbinary intersex asexual muslim muslims moslem moslems islam islamic jew jews
jewish judaism zionist zionists christian christians christianity catholic catholics catholicism
protestant protestants evangelical evangelicals buddhist buddhists buddhism hindu hindus hinduism
sikh sikhs mormon mormons atheist atheists atheism orthodox black blacks white whites african
africans american americans asian asians arab arabs mexican mexicans latino latinos latina latinas
latinx hispanic hispanics chinese japanese korean koreans vietnamese filipino filipinos indian
indians pakistani pakistanis bangladeshi afghan afghans russian russians ukrainian ukrainians
polish pole poles german germans french frenchman irish english british scottish welsh italian
italians spanish spaniard spaniards portuguese greek greeks turkish turk turks albanian albanians
serb serbs serbian serbians croat croats croatian croatians romanian romanians bulgarian
bulgarians hungarian hungarians armenian armenians azerbaijani georgian georgians iranian iranians
iraqi iraqis syrian syrians lebanese palestinian palestinians israeli israelis egyptian egyptians
nigerian nigerians kenyan kenyans somali somalis ethiopian ethiopians ghanaian moroccan moroccans
algerian algerians canadian canadians australian australians brazilian brazilians cuban cubans
jamaican jamaicans haitian haitians colombian colombians european europeans caucasian caucasians
kurd kurds kurdish roma romani aboriginal aborigines indigenous native natives latin swedish
danish dutch norwegian finnish czech swiss immigrant immigrants migrant migrants refugee refugees
foreigner foreigners woman women female females man men male males girl girls boy boys lady ladies
guy guys feminist feminists wife wives husband husbands mother mothers father fathers old elderly
young younger older aged middle eastern taoist taoists millennial millennials pagan pagans quaker
quakers teenager teenagers teenage blind deaf disabled disability paralyzed autistic autism
wheelchair dyslexic epileptic
"""
SOMEONE = tuple(_NAMES_OF_GROUPS.split())

#: Groups that are only counted, in this order, from group 2 on.
COUNTED = (
    "you your yours yourself yourselves u ur you're youre ya",
    "not no never don't dont doesn't didn't isn't aren't wasn't cannot can't cant won't nobody",
    "i me my mine myself i'm i've we us our",
    "they them their these those all every",
    "said says called call quote word term phrase wrote claims insult slur means",
    "thanks thank please sorry welcome appreciate agree hope great good",
)


def word_groups() -> dict[str, int]:
    """Return the group of each word; group 1 becomes the placeholder."""
    group_of = dict.fromkeys(SOMEONE, 1)
    for group, words in enumerate(COUNTED, 2):
        for word in words.split():
            group_of.setdefault(word, group)
    return dict(sorted(group_of.items()))
