"""Words that do not make a password stronger: guessing programs try them first.

Compiled for this project from everyday vocabulary; it is no copy of a published list.
"""

#: Sequences of neighbouring keys, forwards; also tried backwards.
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "147258369",
    "159753",
)

_TEXT = """
    access account adam adidas admin administrator alex alexander alpha amanda america andrea
    andrew angel angela animal anna anthony apple april arsenal ashley august austin autumn
    babygirl bailey banana barcelona baseball basketball batman beach bear beautiful berlin
    biteme black blink blue boston brandon britney brother buster butterfly camera canada
    captain carlos casino celtic change changeme charles charlie cheese chelsea cherry chicken
    chocolate chris christian christmas claire coffee comment comments computer cookie corona
    correct horse battery staple cowboy crystal daddy dallas daniel danielle david december
    default demo dennis diamond dolphin donald dragon eagle easter eclipse editor elizabeth
    eminem england example facebook family february ferrari fender fire fish flower football
    forever forget france freedom friday friend friends fuckyou galaxy game garden gateway
    general george germany ginger godzilla golden golf google green guest guitar hammer hannah
    happy harley harry heaven hello helloworld hockey home honda hottie house hunter iceman
    iloveyou inter internet iphone jackson jake james january jasmine jason jennifer jessica
    jesus jonathan jordan joseph joshua juliet july june junior justin karate kermit killer
    king kitten knight kuwait laura lauren letmein liverpool login london loveme lovely lover
    love lucky madison madrid maggie manchester march marina mark martin master matrix matthew
    maverick maxwell melissa mercedes merlin michael michelle mickey midnight miller mobile
    moderation moderator monday money monkey monster morgan mother mountain music mustang
    naruto nascar natalie network newpass newpassword newyork nicholas nicole ninja nintendo
    nirvana november october office oliver onelove online orange ouioui pacific panther paris
    parola pass passe passport passwd password passwort patrick peanut pepper peter phoenix
    pizza player please pokemon police porsche power prince princess private purple pussy
    qwerty rabbit rachel rainbow ranger raiders real rebecca reddit redsox review richard
    robert rocket ronaldo root rosebud runner samantha samsung sarah saturday scooter scorpion
    secret secure security september server service shadow shannon silver simple single
    skywalker slayer smokey snoopy soccer sophie spider spiderman spring staff starwars steelers
    stella steven strawberry student summer sunday sunflower sunshine super superman support
    surfer sweet sweetheart sydney system taylor teacher temp temporary tennis teresa test
    tester testing texas thomas thunder thursday tiger tigger trinity trump trustno tuesday
    turtle twitter unicorn united user vanessa victoria vincent viking wednesday welcome
    whatever william willow windows winner winston winter wizard wordpress world xavier yamaha
    yankees yellow zaq zaqwsx
    alejandro amigos azerty bonjour contrasena contraseña doudou estrella familia fussball
    geheim hallo herbst jetaime juventus kennwort lieb loulou marseille mexico mogli motdepasse
    napoli nothing princesa schalke schatz senha sommer soleil tequiero teamo wachtwoord welkom
    willkommen winter пароль привет любовь
"""
WORDS = frozenset(_TEXT.split())
