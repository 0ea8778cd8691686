"""Tell what has long been drawn from what came lately, so that little travels when one comes.

Whatever a mark shows travels whole. So what is finished is shown by two marks: one holds what is
*settled* and is hardly ever sent; the other the few that came *lately*, and is sent with each of
them, until they are many enough to be settled too. Where n are settled, the least travels if they
are so at every sqrt(2 n): an item that comes costs half of so many and an equal share of n.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")

FEW = 8
"""As many stay late however few are settled."""


class Growing(Generic[Item]):
    """A growing collection in two parts.

    Attributes
    ----------
    settled, late
        Key to item.
    """

    def __init__(self) -> None:
        self.settled: dict[Hashable, Item] = {}
        self.late: dict[Hashable, Item] = {}

    def update(self, items: Mapping[Hashable, Item]) -> tuple[bool, bool]:
        """Take what there is now; an item that is another object than before has changed.

        Returns
        -------
        settled_changed, late_changed
            Which of the two parts is to be sent.
        """
        if not all(items.get(key) is item for key, item in self.settled.items()):
            return self._settle(items)
        late = {key: item for key, item in items.items() if key not in self.settled}
        if len(late) > max(FEW, math.sqrt(2 * len(self.settled))):
            return self._settle(items)
        same = late.keys() == self.late.keys()
        same = same and all(late[key] is item for key, item in self.late.items())
        self.late = late
        return False, not same

    def _settle(self, items: Mapping[Hashable, Item]) -> tuple[bool, bool]:
        self.settled, self.late = dict(items), {}
        return True, True
