import type { Action, Verdict } from './countersign';

interface Settings {
  reviewers?: string[];
}

/** Judges one action. What it throws is an error, and so a refusal. */
export function judge(action: Action, settings: Settings): Verdict {
  if (action.targetLabel('env') !== 'production') {
    return { tag: 'abstain' };
  }
  const deletes = (action.sql() ?? []).some((statement) => statement.operations.includes('delete'));
  if (!deletes) {
    return { tag: 'abstain' };
  }
  return {
    tag: 'review',
    val: {
      reason: 'a delete on production needs approval',
      reviewers: settings.reviewers ?? [],
      quorum: 1,
      expiresIn: 900,
    },
  };
}
