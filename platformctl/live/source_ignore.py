"""Which files source-controller leaves out of an artifact, by its own lists and by .sourceignore files."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from platformctl.live.git import GitAccess

IGNORE_FILE = ".sourceignore"
# As fluxcd/pkg/sourceignore has them (v0.15).
ALWAYS = (".git/", ".gitignore", ".gitmodules", ".gitattributes")
WITHOUT_OWN_RULES = (
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"),
    *("cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"),
    *("**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)


def ignored(paths: Iterable[str], rules: Mapping[str, str], extra: str | None = None) -> set[str]:
    """The paths that source-controller leaves out.

    Args:
        paths: from the root of the repository, submodules' files among them.
        rules: the texts of the .sourceignore files by their paths.
        extra: ``spec.ignore`` of the GitRepository.

    One rule of the user's own, anywhere, replaces the list of images and CI files. Git itself decides what
    matches, as the rules are those of .gitignore.
    """
    has_own = extra is not None or any(_rules_in(text) for text in rules.values())
    with tempfile.TemporaryDirectory(prefix="platformctl-ignore-") as folder:
        root = Path(folder)
        environment = GitAccess("").environment()
        subprocess.run(["git", "init", "--quiet", folder], env=environment, check=True, capture_output=True)
        general = ALWAYS if has_own else (*ALWAYS, *WITHOUT_OWN_RULES)
        (root / ".git" / "info" / "exclude").write_text("\n".join(general) + "\n")
        texts = dict(rules)
        if extra is not None:
            texts[IGNORE_FILE] = f"{texts.get(IGNORE_FILE, '')}\n{extra}\n"
        for path, text in texts.items():
            here = root / Path(path).parent
            here.mkdir(parents=True, exist_ok=True)
            (here / ".gitignore").write_text(text)
        ended = subprocess.run(
            ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(paths),
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    return set(filter(None, ended.stdout.split("\0")))


def _rules_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
