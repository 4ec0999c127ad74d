"""What a check sees: the objects of one cluster, ways to find them, and to say where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from platformctl import platform
from platformctl.build import Build, BuildProblem, Object, ObjectId, Place, Undefined
from platformctl.build.objects import is_release
from platformctl.check.finding import Finding, Owner, Severity
from platformctl.check.locate import Field, Locator
from platformctl.check.near import suggestion
from platformctl.check.schemas import Schemas
from platformctl.check.written import in_values

UNSET = "?"
"""The code and nothing more, until the runner fills in the check's own."""


@dataclass(frozen=True)
class Spot:
    """A field of an object, about which something is to be said."""

    cluster: Cluster
    item: Object
    field: Field

    @property
    def owner(self) -> Owner:
        return Owner(str(self.item.id), _dotted(self.field), self._place)

    @property
    def _place(self) -> Place | None:
        """Of what a chart renders it is the value in its release that this comes from, if that is certain.

        Else of a chart from elsewhere it is the release, which gives the chart its values.
        """
        written = in_values(self.item, self.field, self.cluster.by_id)
        if written:
            return self.cluster.locator.place(*written)
        release = self.item.origin.release
        giver = self.cluster.by_id.get(release) if release and not self.item.origin.file else None
        if giver:
            return self.cluster.locator.place(giver, ("spec", "values"))
        return self.cluster.locator.place(self.item, self.field)

    def __str__(self) -> str:
        return f"{self.item.id} {_dotted(self.field)}".strip()

    def finding(self, message: str, fix: str = "", others: Iterable[Spot] = ()) -> Finding:
        """A finding here; the check that yields it gives it its code and severity."""
        return Finding(
            UNSET,
            Severity.ERROR,
            str(self.item.id),
            _dotted(self.field),
            message,
            self._place,
            fix,
            tuple(spot.owner for spot in others),
        )


class Cluster:
    """The objects that Flux would apply to one cluster.

    Args:
        build: the objects, and what could not be built.
        schemas: of the kinds that are known beside those that the cluster brings.
        declared: the cluster as platform.yaml has it, in a repository with a platform.yaml.
    """

    def __init__(self, build: Build, schemas: Schemas, declared: platform.Cluster | None = None) -> None:
        self.name = build.cluster
        self.build = build
        self.schemas = schemas
        self.declared = declared
        self.locator = Locator(build.root, build.files)
        schemas.add(item.data for item in build.objects)

    @property
    def git_url(self) -> str:
        """The repository, as Flux reaches it; empty where platform.yaml does not say it."""
        return self.declared.git_url if self.declared else ""

    @property
    def objects(self) -> list[Object]:
        return self.build.objects

    @property
    def problems(self) -> list[BuildProblem]:
        return self.build.problems

    @property
    def undefined(self) -> list[Undefined]:
        return self.build.undefined

    @cached_property
    def by_id(self) -> dict[ObjectId, Object]:
        return {item.id: item for item in reversed(self.objects)}

    def of(self, *kinds: str) -> Iterator[Object]:
        """The objects of these kinds, in the order in which Flux meets them."""
        return (item for item in self.objects if item.kind in kinds)

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        return self.by_id.get(ObjectId(kind, namespace, name))

    def names(self, kind: str) -> list[str]:
        """The names of all objects of a kind, sorted."""
        return sorted({item.name for item in self.of(kind)})

    def hint(self, wanted: ObjectId, user: ObjectId | None = None) -> str:
        """What was probably meant by a reference from ``user`` to something that is not there."""
        elsewhere = [i.namespace for i in self.of(wanted.kind) if i.name == wanted.name and i.id != user]
        if elsewhere:
            return f'it is in namespace "{min(elsewhere)}"'
        known = self.of(wanted.kind)
        return suggestion(
            wanted.name, sorted(i.name for i in known if i.namespace == wanted.namespace and i.id != user)
        )

    @cached_property
    def whole(self) -> bool:
        """Whether everything that Flux would apply is here, so that what is absent is really missing."""
        return not (self.build.left_out or self.problems)

    def complete(self, namespace: str) -> bool:
        """Whether all of a namespace is here: no release into it was left out or failed."""
        unknown = [problem.object for problem in self.problems] + list(self.build.left_out)
        for item in unknown:
            if item is None or not is_release(item):
                return False
            if namespace in (item.namespace, item.spec.get("targetNamespace")):
                return False
        return True

    def at(self, item: Object, *field: str | int) -> Spot:
        return Spot(self, item, field)


def _dotted(field: Field) -> str:
    text = ""
    for part in field:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." in part or "/" in part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text
