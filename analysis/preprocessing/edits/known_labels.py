"""Label sets that everybody knows, in the orders that their data sets and models number them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NLI = "entailment, neutral, contradiction"
_POLARITY = "negative, neutral, positive"

#: For each set the order of the data set itself, then other orders that well-known models use.
KNOWN: tuple[tuple[str, ...], ...] = tuple(
    tuple(re.split(r",\s+", order.strip()))
    for order in (
        # CIFAR-10, and STL-10 with its own animals.
        "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck",
        "plane, car, bird, cat, deer, dog, frog, horse, ship, truck",
        "airplane, bird, car, cat, deer, dog, horse, monkey, ship, truck",
        # CIFAR-100: alphabetical by design.
        "apple, aquarium_fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge, bus, "
        "butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock, cloud, cockroach, couch, crab, "
        "crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest, fox, girl, hamster, house, kangaroo, "
        "keyboard, lamp, lawn_mower, leopard, lion, lizard, lobster, man, maple_tree, motorcycle, mountain, mouse, "
        "mushroom, oak_tree, orange, orchid, otter, palm_tree, pear, pickup_truck, pine_tree, plain, plate, poppy, "
        "porcupine, possum, rabbit, raccoon, ray, road, rocket, rose, sea, seal, shark, shrew, skunk, skyscraper, "
        "snail, snake, spider, squirrel, streetcar, sunflower, sweet_pepper, table, tank, telephone, television, "
        "tiger, tractor, train, trout, tulip, turtle, wardrobe, whale, willow_tree, wolf, woman, worm",
        # MNIST, SVHN, Fashion-MNIST.
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "zero, one, two, three, four, five, six, seven, eight, nine",
        "t-shirt/top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot",
        "t-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot",
        # FER-2013.
        "angry, disgust, fear, happy, sad, surprise, neutral",
        # MNLI and SNLI as numbered in GLUE; then RoBERTa, BART and DeBERTa; then the files of GLUE sorted by name.
        _NLI,
        "contradiction, neutral, entailment",
        "contradiction, entailment, neutral",
        # AG News.
        "world, sports, business, sci/tech",
        "world, sports, business, science/technology",
        # SST-2, IMDB, QNLI.
        "negative, positive",
        "neg, pos",
        "entailment, not_entailment",
        # TweetEval sentiment; then FinBERT.
        _POLARITY,
        "positive, negative, neutral",
        # Emotion (CARER), TweetEval emotion, GoEmotions.
        "sadness, joy, love, anger, fear, surprise",
        "anger, joy, optimism, sadness",
        "admiration, amusement, anger, annoyance, approval, caring, confusion, curiosity, desire, disappointment, "
        "disapproval, disgust, embarrassment, excitement, fear, gratitude, grief, joy, love, nervousness, optimism, "
        "pride, realization, relief, remorse, sadness, surprise, neutral",
        # TREC, DBpedia.
        "abbr, enty, desc, hum, loc, num",
        "company, educational institution, artist, athlete, office holder, mean of transportation, building, "
        "natural place, village, animal, plant, album, film, written work",
        # Iris, and scikit-learn's breast cancer.
        "setosa, versicolor, virginica",
        "malignant, benign",
    )
)

#: What some files put before or after every name.
_AFFIXES = re.compile(r"^(?:iris|label|class|digit)[\s_-]+(?=\D|\d+$)", re.IGNORECASE)
_WORDNET_ID = re.compile(r"n\d{8}")


def plain(name: str) -> str:
    """Return a name without case, affixes, spaces, underscores and punctuation."""
    return re.sub(r"[\W_]+", "", _AFFIXES.sub("", name.strip()).casefold())


def canonical_orders(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return every order that a well-known label set of these names is numbered in, the data set's own first.

    Parameters
    ----------
    names : sequence of str
        In any order and spelling: case, spaces and underscores don't matter.
    """
    spelled = {plain(name): name for name in names}
    if len(spelled) < len(names):
        return ()
    if len(names) >= 10 and all(_WORDNET_ID.fullmatch(name) for name in names):
        return (tuple(sorted(names)),)  # ImageNet numbers its classes in the order of their WordNet ids.
    orders = [[plain(known) for known in order] for order in KNOWN if len(order) == len(names)]
    return tuple(tuple(spelled[key] for key in order) for order in orders if spelled.keys() == set(order))


def canonical_order(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return `names` in the order of the well-known label set that they are, or None where they are none.

    ImageNet-1k is known by its WordNet ids only (``n01440764`` …), not by its classes' English names.
    """
    return next(iter(canonical_orders(names)), None)


def is_alphabetical(names: Sequence[str]) -> bool:
    """Return whether three or more names stand in alphabetical order: a hint that somebody sorted them.

    Spelling counts as in `sorted`, or regardless of case.
    """
    names = list(names)
    return len(names) >= 3 and (names == sorted(names) or names == sorted(names, key=str.casefold))
