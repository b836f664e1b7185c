"""The guide as a profile embeds it: the rules of each transaction set, held against the standard."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel, StringConstraints

from channels.x12.guide.rules import SetGuide

SetType = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]


class Guide(RootModel[dict[SetType, SetGuide]]):
    """Set type → its rules. A set's rules are frozen, so that compiled grammars can be kept by them."""

    model_config = ConfigDict(defer_build=True)

    root: dict[SetType, SetGuide] = Field(default_factory=dict)

    def rules(self, set_type: str) -> SetGuide:
        return self.root[set_type] if set_type in self.root else SetGuide()

    def meanings(self, set_type: str) -> Guide:
        """The same without its rules: only what codes mean to the partner."""
        return Guide({set_type: SetGuide(meanings=self.rules(set_type).meanings)})

    def problems(self, release: str, set_type: str) -> list[str]:
        """What of this guide does not fit the standard, in plain words; a guide with problems must not be used.

        ``release`` is a GS08 value. Rules for sets that the release does not hold are a problem too.
        """
        from channels.x12.guide.problems import problems  # here: judging by a guide does without

        return [f"{set_type}: {problem}" for problem in problems(self.rules(set_type), release, set_type)]
