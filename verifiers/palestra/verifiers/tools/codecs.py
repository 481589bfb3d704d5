"""`CODECS`: the formats of tool calls, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from palestra.verifiers.nearest import did_you_mean
from palestra.verifiers.tools.codec import ToolCodec
from palestra.verifiers.tools.fenced_bash import FencedBashCodec
from palestra.verifiers.tools.function_xml import FunctionXmlCodec
from palestra.verifiers.tools.hermes import HermesCodec
from palestra.verifiers.tools.openai_messages import OpenAIMessageCodec
from palestra.verifiers.tools.python_calls import PythonCallsCodec

CODECS: Mapping[str, ToolCodec] = MappingProxyType(
    {
        codec.name: codec
        for codec in (HermesCodec(), FunctionXmlCodec(), OpenAIMessageCodec(), FencedBashCodec(), PythonCallsCodec())
    }
)
"""Every codec; they are stateless, so one object serves all."""


def codec_named(name: str) -> ToolCodec:
    """The codec of a name.

    >>> codec_named("hermes").name
    'hermes'

    Raises:
        ValueError: There is none.
    """
    if name in CODECS:
        return CODECS[name]
    guess = did_you_mean(name, CODECS)
    raise ValueError(f"no codec `{name[:80]}`{guess}\n\nhint: there are {', '.join(CODECS)}")
