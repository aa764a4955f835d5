"""Holds deletes on production for review."""

from wit_world.imports import types


def judge(action: types.Action, settings: dict) -> types.Verdict:
    """Judges one action. What it raises is an error, and so a refusal."""
    if action.target_label("env") != "production":
        return types.Verdict_Abstain()
    if not any("delete" in statement.operations for statement in action.sql() or []):
        return types.Verdict_Abstain()
    return types.Verdict_Review(
        types.Review(
            reason="a delete on production needs approval",
            reviewers=settings.get("reviewers", []),
            quorum=1,
            expires_in=900,
        )
    )
