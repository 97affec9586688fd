"""Reserved names, and the spellings that a reader would take for one."""

import pytest

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, OwnNames, Rules
from moderation.domain.reasons import Code
from moderation.filters.names.filter import NamesFilter, alike, claimed, resembled
from moderation.filters.text.document import Text, looks

STAFF = ("Anna Berg", "Tom", "Мария Волкова", "山田太郎", "Marnie Wells")


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Anna Berg", "Anna Berg"),
        ("anna  BERG", "Anna Berg"),
        ("AnnaBerg", "Anna Berg"),
        ("A n n a  B e r g", "Anna Berg"),
        ("A.n.n.a_Berg", "Anna Berg"),
        ("Аnnа Веrg", "Anna Berg"),
        ("Ånnä Bérg", "Anna Berg"),
        ("𝓐𝓷𝓷𝓪 𝓑𝓮𝓻𝓰", "Anna Berg"),
        ("4nna B3rg", "Anna Berg"),
        ("An\u200bna Berg", "Anna Berg"),
        ("Annna Bergg", "Anna Berg"),
        ("Anna Berg ✓", "Anna Berg"),
        ("Anna Berg (editor)", "Anna Berg"),
        ("The real Anna Berg", "Anna Berg"),
        ("Tom", "Tom"),
        ("T0m!", "Tom"),
        ("ᴛᴏᴍ", "Tom"),
        ("Mamie VVells", "Marnie Wells"),
        ("мария волкова", "Мария Волкова"),
        ("山田 太郎", "山田太郎"),
    ],
)
def test_a_name_that_reads_like_a_reserved_one_is_found(name, whose):
    assert resembled(name, STAFF) == whose


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        *(("Marnie Wells's account", "Marnie Wells"), ("marnie wells’ profile", "Marnie Wells")),
        *(("Anna Bergs Konto", "Anna Berg"), ("Anna Berg's", "Anna Berg"), ("Tom's page", "Tom")),
        *(("Compte d'Anna Berg", "Anna Berg"), ("Anna Berg's new account", "Anna Berg")),
        *(("Toms account", "Tom"), ("Marnie Wells account", "Marnie Wells")),
        *(("Mᗺ Hale", "MB Hale"), ("Ann ᴚoe", "Ann Roe"), ("∀nn Roe", "Ann Roe")),
        *(("Ann Roǝ", "Ann Roe"), ("Peƃ Hart", "Peg Hart"), ("Tɐd Hart", "Tad Hart")),
    ],
)
def test_an_account_of_staff_and_an_upside_down_letter_are_staff(name, whose):
    assert resembled(name, (*STAFF, "MB Hale", "Ann Roe", "Peg Hart", "Tad Hart")) == whose


@pytest.mark.parametrize(
    "name",
    ["Anna Berg's husband", "Tom's mum", "Anna's account", "Berg's page", "Account of a Tom-cat"],
)
def test_relatives_and_others_accounts_are_left_alone(name):
    assert resembled(name, STAFF) is None


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Berg",
        "Anna Bergman",
        "Hanna Berg",
        "Tom Hansen",
        "Tomas",
        "Ann Berg-Olsen",
        "Марина Волкова",
        "山田花子",
        "✓✓✓",
        "!!! ???",
        "12",
    ],
)
def test_other_names_are_left_alone(name):
    assert resembled(name, STAFF) is None


def test_letters_of_other_alphabets_are_themselves():
    assert looks("山田") != looks("花子")


def test_the_finding_names_the_reserved_name_and_nothing_else():
    rules = Rules(reserved_names=STAFF)

    found = NamesFilter().check(Text("Hello."), Draft("Hello.", "T0m"), Facts(), rules)

    (signal,) = found.signals
    assert (signal.code, signal.field, signal.spans) == (Code.STAFF_NAME, AUTHOR_NAME, ((0, 3),))
    assert signal.explanation == "The name reads like “Tom”, which is reserved for staff."


def test_staff_may_use_their_own_names():
    rules = Rules(reserved_names=STAFF)

    found = NamesFilter().check(Text("Hi."), Draft("Hi.", "Tom"), Facts(staff=True), rules)

    assert (found.signals, found.scores["names"]) == ((), 0.0)


def test_a_name_without_a_single_letter_cannot_be_reserved():
    assert resembled("", ("!!!",)) is None


OWN = OwnNames(site=("The Ferry Lane Gazette", "gazette-1"), logins=("nora.p", "samir", "admin7"))


@pytest.mark.parametrize(
    "name",
    [
        *("Moderator", "The Moderator", "admin", "Admin Team", "AdminTeam", "adminteam", "Mods"),
        *("Gazette Moderator", "gazettestaff", "M0derat0r", "Mоdеrator", "A d m i n", "Adminn"),
        *("Site Admin", "Chief Editor", "Editor-in-Chief", "Moderator 1", "admin123", "@admin"),
        *("[ADMIN]", "~ Staff ~", "𝐀𝐝𝐦𝐢𝐧", "Аdmin", "Support", "System", "OFFICIAL"),
        *("La Rédaction", "redaction", "Modérateur", "Équipe de modération", "Redacción"),
        *("REDAKTION", "Die Redaktion", "Chefredakteurin", "редакция", "Модератор", "Редактор"),
        *(
            "Редакція",
            "Адміністратор",
            "管理者",
            "編集部",
            "モデレーター",
            "مشرف",
            "المشرف",
            "الإدارة",
        ),
        *("管理员", "관리자", "Redazione", "Redação", "Redactie", "Redakcja", "עורך"),
        *("The Ferry Lane Gazette", "Ferry Lane Gazette", "ferry-lane-gazette", "Gazette-1"),
        *("nora.p", "Nora P", "N0RA P", "Samir", "Sаmіr", "Admin7"),
    ],
)
def test_words_for_staff_logins_and_the_sites_own_names_are_no_guests(name):
    assert claimed(name, OWN) is not None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        *(("Wendy [MOD]", "Mod"), ("Wendy (admin)", "Admin"), ("Wendy | Editor", "Editor")),
        *(("Wendy – Redaktion", "Redaktion"), ("Wendy, Moderator", "Moderator")),
        *(("Wendy (Gazette editor)", "Editor"), ("Олена [модератор]", "Модератор")),
        *(("Admin Wendy", "Admin"), ("Moderatorin Petra", "Moderatorin"), ("wendy.admin", "Admin")),
        *(("Moderator’s account", "Moderators"), ("official profile", "Official")),
        *(
            ("Redaktor naczelny", "Redaktor"),
            ("Destek ekibi", "Destek"),
            ("ᴚedaktion", "Redaktion"),
        ),
        *(("Служба поддержки", "Поддержки"), ("Moderation Bot", "Moderation")),
    ],
)
def test_a_badge_a_title_and_an_account_of_staff_are_no_guests(name, word):
    assert claimed(name, OWN) == word


@pytest.mark.parametrize(
    "name",
    [
        *("Jan Redaktor", "Redaktor, Jan", "Editor, Ann", "Moderata Fonte", "Ann (Leeds)"),
        *("Ann (ex-editor)", "Not a moderator", "Ex-moderator", "Dear Admin", "Admin's mum"),
        *("Bob | Team Red", "Bob, editor of the Times", "Cat owner", "Jo, dog owner", "Team - Red"),
        *("Admin Nora Pell", "Editor Smith", "Account"),
    ],
)
def test_a_role_beside_other_words_is_no_badge(name):
    assert claimed(name, OWN) is None


@pytest.mark.parametrize(
    "name",
    [
        *("Ann Editor-Smith", "Ed Itorson", "Staffan", "Staf", "Adminah", "Ann Staff", "Mo D"),
        *("Moda", "Modesto", "Timo", "Ed Mod", "System of a Down", "Support Our Troops"),
        *("Ferry Lane Lad", "Gazette", "Ferry", "Lane", "Nora", "Samira", "Nora Pellworth"),
        *("山田太郎", "محمد", "김민준", "Ольга Мороз", "A", "A Neighbour", "!!!", "12"),
        *(
            "The Editor's wife",
            "Adm. Nelson",
            "Redd",
            "Equi",
            "Official Ann Reed fan",
            "Edit or die",
        ),
    ],
)
def test_names_of_people_and_of_others_are_free(name):
    assert claimed(name, OWN) is None


def test_a_site_may_leave_names_to_its_guests():
    own = OwnNames(site=("Anna", "blog"), allowed=("anna", "Support", "The Editor"))

    assert [claimed(name, own) for name in ("Anna", "support", "the editor")] == [None] * 3
    assert claimed("Blog", own) == "blog"
    assert claimed("Editor", own) == "Editor"
    assert claimed("Anna Moderator", own) == "Moderator"


def test_a_short_name_of_a_site_makes_no_staff_of_people():
    own = OwnNames(site=("A", "毎日"))

    assert [claimed(name, own) for name in ("Amod", "Ateam")] == [None, None]
    assert claimed("A Moderator", own) == "Moderator"
    assert claimed("毎日編集部", own) == "編集部"


def test_nothing_is_reserved_by_default_where_rules_name_no_site():
    found = NamesFilter().check(Text("Hi."), Draft("Hi.", "Moderator"), Facts(), Rules())

    assert found.signals == ()


def test_staff_may_use_reserved_names():
    rules, draft = Rules(own_names=OWN), Draft("Hi.", "The Moderator")

    guest = NamesFilter().check(Text("Hi."), draft, Facts(), rules)
    staff = NamesFilter().check(Text("Hi."), draft, Facts(staff=True), rules)

    assert [signal.code for signal in guest.signals] == [Code.STAFF_NAME]
    assert "“Moderator”" in guest.signals[0].explanation
    assert staff.signals == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("mia", "Mia"), ("mia", "mіa"), ("jose", "José"), ("ann.reed", "AnnReed")),
        *(("l0uis", "Iouis"), ("New Bie", "New B1e"), ("Müller", "mueller"), ("modern", "modem")),
        *(("ａｎｎ", "ann"), ("山田", "山 田"), ("Ann\u200b", "ann")),
    ],
)
def test_names_that_are_hard_to_distinguish_are_alike(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("mod2", "mod3"), ("ann", "anna"), ("ana", "anna"), ("admin", "admin2"), ("!!!", "???")],
)
def test_logins_that_are_easily_distinguished_are_not_alike(one, other):
    assert not alike(one, other)
