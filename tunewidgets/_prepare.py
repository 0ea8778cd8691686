"""Get a data set through scikit-learn or Keras, split and scale it, leave it in an ``.npz`` file.

`tunewidgets.datasets` runs this file as a child process (``FILE NAME TEST_SIZE VALID_SIZE
SEED``), so it imports nothing of tunewidgets. Where the data cannot be had, it exits with
`UNAVAILABLE` (or `NO_NETWORK`) and leaves the reason as the last line on standard error.
"""

from __future__ import annotations

import gzip
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from zipfile import BadZipFile

SOCKET_TIMEOUT_S = 10.0
"""How long a download may go without an answer."""

HOUSES_AT = "https://ndownloader.figshare.com/files/5976036"
"""Where scikit-learn has the census from (``sklearn/datasets/_california_housing.py``)."""

IMAGES_AT = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
"""Where Keras has its images from (``keras/src/datasets/mnist.py``)."""

WHITE = 255
"""The brightest that a pixel can be."""

UNAVAILABLE, NO_NETWORK = 3, 4
"""Exit codes when the data can be neither found nor downloaded; the second where that is why."""


def california_housing() -> dict[str, Any]:
    """Take the census data from scikit-learn's cache, or download it into the cache."""
    home = Path(os.environ.get("SCIKIT_LEARN_DATA") or Path.home() / "scikit_learn_data")
    try:
        if not any(home.expanduser().glob("cal_housing*")):
            _reach(HOUSES_AT)
        from sklearn.datasets import fetch_california_housing

        bunch = _cached_or_downloaded(fetch_california_housing)
    except Exception as error:  # whatever a download may raise
        _give_up(error)
    return {
        "x": bunch.data,
        "y": bunch.target,
        "feature_names": bunch.feature_names,
        "target_name": "median house value (100,000 dollars)",
        "description": "20,640 districts of California in the census of 1990: predict the "
        "median house value of a district from its people, houses and place.",
        "source": "Pace and Barry 1997, Sparse Spatial Autoregressions; census of 1990.",
    }


def _cached_or_downloaded(fetch: Callable[..., Any]) -> Any:
    try:
        return fetch(download_if_missing=False)
    except OSError:
        return fetch(n_retries=1, delay=0.1)


def _reach(address: str) -> None:
    """See whether there is a network, before seconds go on importing what would fail without."""
    head = Request(address, method="HEAD")  # noqa: S310 - one of the two above
    with suppress(HTTPError), urlopen(head):  # noqa: S310 - likewise
        pass  # also a server that refuses has been reached


def _give_up(error: Exception) -> NoReturn:
    """End, and tell why the data cannot be had; no network is most often why."""
    reason = error.reason if isinstance(error, URLError) else error
    lines = str(reason).strip().splitlines() or [type(reason).__name__]
    sys.stderr.write(f"{lines[-1]}\n")
    sys.exit(NO_NETWORK if isinstance(reason, socket.gaierror | ConnectionError) else UNAVAILABLE)


def diabetes() -> dict[str, Any]:
    """Take the patients' data that scikit-learn brings along."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return {
        "x": bunch.data,
        # 25 to 346 becomes 0.25 to 3.46, much like house values: the same learning rates work.
        "y": bunch.target / 100,
        "feature_names": bunch.feature_names,
        "target_name": "disease progression after a year (score / 100)",
        "description": "442 people with diabetes: predict how far the disease has progressed a "
        "year later (the score divided by 100) from age, sex, weight and blood values.",
        "source": "Efron et al. 2004, Least Angle Regression, Annals of Statistics.",
    }


def digits() -> dict[str, Any]:
    """Take the small images that scikit-learn brings along; 16 is their white."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return {
        "x": bunch.images[..., None] / 16,
        "y": bunch.target,
        "feature_names": ["brightness"],
        "target_name": "digit",
        "description": "1,797 handwritten digits of 8 x 8 pixels: tell which digit it is.",
        "source": "Alpaydin and Kaynak 1998, https://archive.ics.uci.edu/dataset/80, test part.",
    }


def breast_cancer() -> dict[str, Any]:
    """Take the cell data that scikit-learn brings along."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return {
        "x": bunch.data,
        "y": bunch.target,
        "feature_names": bunch.feature_names,
        "target_name": "malignant (0) or benign (1)",
        "description": "569 tumours: tell from the shapes of cell nuclei whether one is benign.",
        "source": "Wolberg et al. 1993, https://archive.ics.uci.edu/dataset/17.",
    }


def wine() -> dict[str, Any]:
    """Take the wine data that scikit-learn brings along."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return {
        "x": bunch.data,
        "y": bunch.target,
        "feature_names": bunch.feature_names,
        "target_name": "cultivar",
        "description": "178 wines of one region: tell from a chemical analysis which of three "
        "cultivars each is from.",
        "source": "Aeberhard and Forina 1992, https://archive.ics.uci.edu/dataset/109.",
    }


def mnist() -> dict[str, Any]:
    """Take the digits from Keras's cache, or have Keras download them into it."""
    return _images(_read_mnist, "mnist") | {
        "target_name": "digit",
        "description": "70,000 handwritten digits of 28 x 28 pixels: tell which digit it is.",
        "source": "LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/.",
    }


def fashion_mnist() -> dict[str, Any]:
    """Take the clothes from Keras's cache, or have Keras download them into it."""
    return _images(_read_fashion, "fashion_mnist") | {
        "target_name": "garment (0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, "
        "6 shirt, 7 sneaker, 8 bag, 9 ankle boot)",
        "description": "70,000 pictures of clothes of 28 x 28 pixels: tell what each one is.",
        "source": "Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747.",
    }


def _images(read: Callable[[Path], Any], name: str) -> dict[str, Any]:
    """Read images from Keras's cache, which needs no Keras, or else by its loader."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        (x, y), (x_test, y_test) = read(home / "datasets")
    except (OSError, EOFError, KeyError, ValueError, BadZipFile):  # missing, or broken
        try:
            _reach(IMAGES_AT)
            import keras

            (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
        except Exception as error:  # whatever a download may raise
            _give_up(error)
    return {
        "x": x / WHITE,
        "y": y,
        "x_test": x_test / WHITE,
        "y_test": y_test,
        "feature_names": ["brightness"],
    }


def _read_mnist(folder: Path) -> Any:
    import numpy as np

    with np.load(folder / "mnist.npz", allow_pickle=False) as kept:
        return (kept["x_train"], kept["y_train"]), (kept["x_test"], kept["y_test"])


def _read_fashion(folder: Path) -> Any:
    """Read the four files, whose headers are 8 bytes for labels and 16 for images."""
    import numpy as np

    def read(name: str, header: int) -> Any:
        with gzip.open(folder / "fashion-mnist" / f"{name}.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    parts = []
    for part in ("train", "t10k"):
        y = read(f"{part}-labels-idx1-ubyte", 8)
        parts.append((read(f"{part}-images-idx3-ubyte", 16).reshape(len(y), 28, 28), y))
    return parts


def split_and_scale(
    x: Any,
    y: Any,
    test_size: float,
    valid_size: float,
    seed: int,
    test: tuple[Any, Any] | None = None,
) -> dict[str, Any]:
    """Split off the test part, then the validation part; scale by the training part alone.

    Classes are split in proportion. Images come scaled to 0 to 1 and stay so. Data with a test
    part of their own (``test``) keep it.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    is_classes = y.dtype.kind in "iu"

    def cut(x: Any, y: Any, size: float) -> Any:
        stratify = y if is_classes else None
        return train_test_split(x, y, test_size=size, random_state=seed, stratify=stratify)

    if test is None:
        x_rest, x_test, y_rest, y_test = cut(x, y, test_size)
    else:
        (x_rest, y_rest), (x_test, y_test) = (x, y), test
    x_train, x_valid, y_train, y_valid = cut(x_rest, y_rest, valid_size)
    xs = {"x_train": x_train, "x_valid": x_valid, "x_test": x_test}
    if x.ndim == 2:
        scaler = StandardScaler().fit(x_train)
        xs = {name: scaler.transform(part) for name, part in xs.items()}
    ys = {"y_train": y_train, "y_valid": y_valid, "y_test": y_test}
    kind = "int32" if is_classes else "float32"
    return {name: part.astype("float32") for name, part in xs.items()} | {
        name: part.astype(kind) for name, part in ys.items()
    }


def main(file: str, name: str, test_size: str, valid_size: str, seed: str) -> None:
    """Write the data set to `file`, without pickle: texts become fixed-width arrays."""
    import numpy as np

    socket.setdefaulttimeout(SOCKET_TIMEOUT_S)
    makers = (california_housing, mnist, fashion_mnist, diabetes, digits, breast_cancer, wine)
    data = {maker.__name__: maker for maker in makers}[name]()
    test = (data.pop("x_test"), data.pop("y_test")) if "x_test" in data else None
    parts = split_and_scale(
        data.pop("x"), data.pop("y"), float(test_size), float(valid_size), int(seed), test
    )
    texts = {key: np.array(text) for key, text in data.items()}
    arrays: dict[str, Any] = parts | texts
    np.savez(file, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
