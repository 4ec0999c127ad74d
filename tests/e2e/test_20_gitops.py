"""A commit pushed to the Git server is live without any command; so is one that bumps a submodule."""

from pathlib import Path

from tests.e2e.running import RunningPlatform, eventually


def chart_note(folder: Path, note: str) -> None:
    """Adds an annotation to the Service of a chart, something that changes nothing else."""
    service = folder / "chart/templates/service.yaml"
    text = service.read_text()
    assert "metadata:\n" in text
    service.write_text(text.replace("metadata:\n", f"metadata:\n  annotations: {{tests/note: {note}}}\n", 1))


def test_a_changed_value_goes_live(platform: RunningPlatform) -> None:
    clone = platform.clone("platform")
    changed = clone / "platform.yaml"
    text = changed.read_text()
    assert "maxContextMessages: 20" in text
    changed.write_text(text.replace("maxContextMessages: 20", "maxContextMessages: 12"))
    platform.git("-C", str(clone), "status", folder=clone)
    rendered = platform.platformctl("render", str(clone))
    assert rendered.returncode == 0, rendered.stderr
    platform.git("commit", "--quiet", "-am", "Keep 12 messages", folder=clone)
    platform.git("push", "--quiet", folder=clone)

    def live() -> bool:
        data = platform.get("configmap", "-n", "chat", "chatbot-api")["data"]
        return bool(data["MAX_CONTEXT_MESSAGES"] == "12")

    eventually("the new value in the ConfigMap", live)
    answer = eventually("an answer", lambda: (found := platform.ask()).status_code == 200 and found)
    assert answer.json()["message"]["content"]


def test_a_submodule_bump_goes_live(platform: RunningPlatform) -> None:
    component = platform.clone("chatbot-ui")
    chart_note(component, "bumped")
    platform.git("commit", "--quiet", "-am", "Note on the Service", folder=component)
    platform.git("push", "--quiet", folder=component)
    revision = platform.git("rev-parse", "HEAD", folder=component).strip()

    clone = platform.clone("platform")
    tree = platform.git("ls-tree", "HEAD", "components/chatbot-ui", folder=clone)
    assert tree.startswith("160000 commit"), f"components/chatbot-ui is no submodule: {tree}"
    platform.git("update-index", "--cacheinfo", f"160000,{revision},components/chatbot-ui", folder=clone)
    platform.git("commit", "--quiet", "-m", "Bump chatbot-ui", folder=clone)
    platform.git("push", "--quiet", folder=clone)

    def live() -> bool:
        service = platform.get("service", "-n", "chat", "chatbot-ui")
        return bool(service["metadata"].get("annotations", {}).get("tests/note") == "bumped")

    eventually("the annotation of the bumped chart", live)
