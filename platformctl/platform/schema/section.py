"""What the sections of platform.yaml are made of.

Most texts become paths, host names or arguments of programs somewhere: no pattern lets ".." or "-x" through.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$")]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
GoDuration = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,5}[hms]){1,3}$")]
EmailAddress = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9][A-Za-z0-9.-]*$")]
Recipient = Annotated[str, Field(pattern=r"^age1[a-z0-9]{58}$")]


class Section(BaseModel):
    """A mapping of platform.yaml: unknown keys are errors, and what is not set stays unset (None)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        # A key's title in the schema is the key itself, not "Maxcontextmessages".
        field_title_generator=lambda name, field: field.alias or name,
    )
