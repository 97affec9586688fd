"""The spam filter on sources, warnings, joy, prose, and author names."""

import pytest

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters.spam import classifier
from moderation.filters.spam.filter import SpamFilter
from moderation.filters.text.document import Text

HOLDS = 0.7


def judged(typed, *, name="", facts=Facts(), rules=Rules()):  # noqa: B008 -- frozen
    return SpamFilter().check(Text(typed), Draft(typed, author_name=name), facts, rules)


def is_held(typed, **given):
    return any(signal.score >= HOLDS for signal in judged(typed, **given).signals)


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.ft.com/content/abc123",
        "Source: https://apnews.com/article/dam-42",
        "Quelle: https://www.faz.net/aktuell/politik/haushalt.html",
        "Look here www.lemonde.fr/planete",
        "Has anyone seen https://www.rte.ie/news/2025/ferry/ yet?",
        "Sign up now for the river walk: https://walkers.example.org/sunday",
        "Blood bank needs type B, book now at https://give.example.org/slots",
        "I kept a diary of the flood on my blog: https://diary.example.net/flood",
    ],
)
def test_one_link_to_a_source_is_never_held_for_the_link(typed):
    assert not is_held(typed)


def test_links_to_the_site_itself_and_to_allowed_domains_are_free():
    typed = "Visit https://paper.example.com/offers and click https://paper.example.com/start"
    bare = judged("Visit  and click ").scores["spam"]

    for rules in (
        Rules(own_domains=frozenset({"paper.example.com"})),
        Rules(allowed_domains=frozenset({"example.com"})),
    ):
        assert judged(typed, rules=rules).scores["spam"] == pytest.approx(bare)
    assert judged(typed).scores["spam"] > bare + 0.3


@pytest.mark.parametrize(
    "typed",
    [
        "Invitations are at t.me/quick_gains, join the channel",
        "Subscribe to my page and win!!! https://bonus.example.net/go",
        "Cheap tramadol at https://meds.example.net",
    ],
)
def test_a_link_with_an_order_an_offer_or_an_invitation_is_held(typed):
    assert is_held(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Beware, \u201cwork from home and earn 900 a week\u201d is how they get you.",
        "The police warn of crypto recovery experts.",
        'My aunt got "you have won a phone, claim your prize" by text today.',
        "Achtung, Kredit ohne Schufa ist fast immer Betrug.",
        "Осторожно, заработок без вложений не бывает.",
    ],
)
def test_warnings_and_quotations_of_spam_are_published(typed):
    assert not is_held(typed)


def test_a_warning_with_the_number_of_a_helper_is_an_advertisement():
    assert is_held(
        "Beware of fake brokers! I lost 9,000 and this recovery agent got back all of it,"
        " whatsapp +1 202 555 0143"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "TOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOR",
        "🎉" * 40,
        "ja " * 15,
        "What a save" + "!" * 45,
        "Dates\n----------------------------------------\nMay 3\nMay 9",
    ],
)
def test_joy_repeats_itself_and_is_published_once(typed):
    again = Facts(author_10m=1, same_text_24h=1)

    assert not is_held(typed)
    assert not is_held(typed, facts=Facts(author_10m=1))
    assert not is_held(typed, facts=Facts(same_text_24h=1))
    assert is_held(typed, facts=again) == ("\n" not in typed)


@pytest.mark.parametrize(
    "typed", ["x" * 40 + " https://a.example.com/", "go " * 15 + "https://a.example.com/"]
)
def test_repetition_with_a_link_is_held(typed):
    assert any(s.code is Code.REPETITION and s.score >= HOLDS for s in judged(typed).signals)


def test_a_wall_of_one_character_is_held_at_once():
    assert is_held("o" * 400)
    assert is_held("no " * 100)


@pytest.mark.parametrize(
    "typed",
    [
        "Our workshop has restored pianos since 1985, fair prices, ask for a quote.",
        "We fit new doors all over the county, call us before June, no obligation.",
        "I lost 20,000 to a cheat, the agents of Trace Hub recovered it, thanks to them.",
        "Packers wanted, paid daily, no experience, work from home, message me.",
        "Great article! At Birch Dental we offer the same care.",
        "My wife left, then Dr Umar cast a spell and she came back in two days.",
    ],
)
def test_advertisements_in_prose_are_held(typed):
    assert is_held(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Our company moved out of the county in 2019 because of the rents.",
        "We repair bicycles for the charity on Fridays, free of charge, call us.",
        "Great article, my wife and I went there last May.",
        "My husband left me and came back, people change.",
        "Try the bakery behind the station, best rolls in town.",
    ],
)
def test_stories_recommendations_and_good_causes_are_published(typed):
    assert not is_held(typed)


@pytest.mark.parametrize(
    "name",
    [
        "Order Tramadol Online",
        "Best SEO Agency",
        "Situs Gacor Malam",
        "wa.me/4915550101",
        "Signals @fx_lora",
        "+44 7700 900 123",
        "Escorts in Leeds",
        "Ставки на спорт",
        "Quick Loans 24/7",
        "Buy Followers Today",
    ],
)
def test_names_that_advertise_are_held_and_marked(name):
    found = [s for s in judged("Agreed.", name=name).signals if s.field == AUTHOR_NAME]

    assert [s.code for s in found] == [Code.SPAM_PHRASE]
    assert found[0].score >= HOLDS
    begin, end = found[0].spans[0]
    assert 0 <= begin < end <= len(name)


@pytest.mark.parametrize(
    "name",
    [
        "Anna Keller",
        "Dan the plumber",
        "Jo",
        "Casino Royale",
        "Reader in Leeds",
        "Dr. Best",
        "Online Olga",
        "Maria 1984",
        "Tom_from_Hull",
        "Poker Face",
        "Иван Петров",
        "J.R.R. Martin",
    ],
)
def test_ordinary_names_are_left_alone(name):
    assert judged("Agreed.", name=name).signals == ()


def test_scripts_without_spaces_are_read_character_by_character():
    seen = classifier.features(Text("加微信聊"))

    assert seen.words == 4
    assert len(seen.buckets) == 7


@pytest.mark.parametrize(
    "typed",
    [
        "Ich habe auch lange gesucht. Bei uns im Lagerverkauf gibt es Markenuhren ab 60 Euro,"
        " Versand kostenlos, uhren-lager-rabatt.shop",
        "Nos artisans refont votre toiture dans toute la région, devis gratuit sous 24 h, appelez"
        " dès maintenant.",
        "¿Necesita dinero urgente? Préstamos sin aval de 2.000 a 50.000 euros, escríbame por"
        " WhatsApp.",
        "Vendo follower e like veri per Instagram, prezzi bassi, consegna in un'ora, scrivimi in"
        " privato.",
        "Snel geld nodig? Wij lenen tot 10.000 euro zonder toetsing, dezelfde dag op uw rekening.",
        "Kasyno online z bonusem na start, wypłata w 5 minut, zarejestruj się przez mój profil.",
        "Emagreci 15 quilos com estas gotas naturais, peça as suas no site com desconto de 40%.",
        "Продаём дипломы и аттестаты с занесением в реестр, оплата после получения, пишите.",
        "Orijinal parfümler yarı fiyatına, kapıda ödeme, sipariş için sayfamızı ziyaret edin.",
        "Кредит на картку за 10 хвилин без довідок, заявка на сайті, перший раз без відсотків.",
    ],
)
def test_an_advertisement_in_prose_is_held_in_each_judged_language(typed):
    (signal,) = [s for s in judged(typed).signals if s.score >= HOLDS]

    assert signal.code in {Code.SPAM_TEXT, Code.SPAM_PHRASE}


@pytest.mark.parametrize(
    "typed",
    [
        "Die Uhr habe ich seit zwanzig Jahren, sie geht immer noch.",
        "Le couvreur nous a demandé 9 000 euros, est-ce que c'est normal ?",
        "El banco me negó el préstamo y me quedé sin coche.",
        "I follower comprati non servono a nessuno, lo dice anche l'articolo.",
        "Bij de kringloop kost een jas vijftien euro, en de sjaal kreeg ik erbij.",
        "Kasyno przy rynku zamknęli w zeszłym roku i dobrze.",
        "Emagreci 15 quilos depois da doença, não desejo a ninguém.",
        "Диплом я защитил в 1998 году, а работы по специальности так и не нашёл.",
        "Parfüm sürmeyin otobüse binerken, başımız ağrıyor.",
        "Кредит ми віддавали десять років, більше ніколи.",
    ],
)
def test_what_readers_say_of_the_same_goods_is_published(typed):
    assert not is_held(typed)


def test_the_reader_marks_the_sentence_that_advertises():
    typed = "Guter Artikel. Wir lackieren Ihr Auto zum halben Preis, Termine unter autolack24.de!"

    (signal,) = [s for s in judged(typed).signals if s.score >= HOLDS]

    (span,) = signal.spans
    assert typed[slice(*span)].startswith("Wir lackieren")
    assert signal.explanation.endswith("autolack24.de!” reads as an advertisement.")


def test_a_link_to_the_site_itself_is_not_read_as_an_advertisement():
    typed = "Mehr dazu: https://blatt.example.de/angebote/uhren-guenstig-kaufen-rabatt"
    rules = Rules(own_domains=frozenset({"blatt.example.de"}))

    assert judged(typed, rules=rules).scores["spam"] < 0.5


@pytest.mark.parametrize(
    "typed",
    [
        "Her number is 07700 900456, ring her at night and tell her what you think.",
        "If you ask me, ring the landlord at home: 07700 900712, or r.hale@larkrise.example.",
        "De huisarts is nu bereikbaar op 020 555 0123, het oude nummer werkt niet meer.",
        "Bana 0532 123 45 67 numarasından ulaşabilirsiniz, toplantı saat yedide.",
        "Запишите телефон управляющей: +7 495 123-45-67, она не отвечает днём.",
        "If you saw the accident please call me on 07700 900222, my mother was the cyclist.",
        "I lost my keys at the pool, email me at anna.k@mail.example if you have them.",
        "Jego numer to 501 234 567, zadzwońcie do niego w nocy.",
        "Il suo numero è 347 1234567, chiamatela a casa.",
    ],
)
def test_a_number_or_an_address_alone_is_no_advertisement(typed):
    assert not is_held(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Cheap gutter cleaning, call now 07700 900789, free quote today!",
        "Loans without a bank, same day, WhatsApp +44 7700 900111.",
        "Ich biete Kredite ohne Schufa, schreiben Sie mir: kredit@schnell.example",
        "Goedkope ramen en deuren, bel 020 555 0123 voor een offerte.",
        "Prestiti veloci senza busta paga, scrivimi al 347 1234567.",
        "Vendo seguidores baratos, chama no (11) 91234-5678.",
        "Ucuz takipçi, 0532 123 45 67 yazın.",
    ],
)
def test_an_offer_with_a_number_or_an_address_is_one(typed):
    assert is_held(typed)
