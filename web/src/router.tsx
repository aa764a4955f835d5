import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ApiProblem, isLocked } from "./api/problem";
import { me } from "./api/queries";
import type { ChangeState } from "./api/types";
import { type AccessSearch, parseAccessSearch } from "./pages/access/search";
import { parseSessionSearch } from "./pages/sessions/search";
import { parseUsageSearch, type UsageSearch } from "./pages/usage/totals";
import { canOf } from "./shell/can";
import { NotFound, RouteError } from "./shell/RouteError";
import { Shell } from "./shell/Shell";
import { safeNext } from "./shell/safeNext";
import { Skeleton } from "./ui/States";

const CHANGE_STATES: ChangeState[] = ["pending", "applied", "rejected"];

/** What an address may hold, or nothing. */
const word = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
/** The router reads what looks like a number as one. */
const text = (value: unknown) => word(typeof value === "number" ? String(value) : value);
const wholeNumber = (value: unknown) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  notFoundComponent: NotFound,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string; error?: string } => ({
    next: safeNext(search.next),
    error: word(search.error),
  }),
  component: lazyRouteComponent(() => import("./pages/sign-in/SignInPage"), "SignInPage"),
});

/** Who is signed in; whoever is not is sent to do so, and back. */
async function signedIn(queries: QueryClient, location: { pathname: string; href: string }) {
  try {
    return await queries.ensureQueryData(me());
  } catch (error) {
    if (isLocked(error)) throw redirect({ to: "/sign-in", search: { error: "locked" } });
    if (!(error instanceof ApiProblem && error.status === 401)) throw error;
    const next = location.pathname === "/" ? undefined : location.href;
    throw redirect({ to: "/sign-in", search: { next } });
  }
}

/** Pages without the navigation, for who came from elsewhere to say yes or no. */
const own = createRoute({
  getParentRoute: () => root,
  id: "own",
  beforeLoad: async ({ context, location }) => {
    await signedIn(context.queries, location);
  },
});

const authorize = createRoute({
  getParentRoute: () => own,
  path: "/authorize",
  component: lazyRouteComponent(() => import("./pages/consent/AuthorizePage"), "AuthorizePage"),
});

const device = createRoute({
  getParentRoute: () => own,
  path: "/device",
  validateSearch: (search): { user_code?: string } => ({ user_code: text(search.user_code) }),
  component: lazyRouteComponent(() => import("./pages/consent/DevicePage"), "DevicePage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    const { user } = await signedIn(context.queries, location);
    // The rest would be refused to who sees only what is their own.
    if (!canOf(user.roles).read && !/^\/access(\/|$)/.test(location.pathname)) {
      throw redirect({ to: "/access", replace: true });
    }
  },
  component: Shell,
});

const index = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/reviews", replace: true });
  },
});

const reviews = createRoute({
  getParentRoute: () => shell,
  path: "/reviews",
  validateSearch: (search): { history?: true } => (search.history ? { history: true } : {}),
  component: lazyRouteComponent(() => import("./pages/reviews/ReviewsPage"), "ReviewsPage"),
});
/** No component of its own: the queue stays as it is when another review is opened. */
const reviewDetail = createRoute({ getParentRoute: () => reviews, path: "$reviewId" });
/** A request for access, decided at the same place. */
const requestDetail = createRoute({ getParentRoute: () => reviews, path: "access/$grantId" });

const sessions = createRoute({
  getParentRoute: () => shell,
  path: "/sessions",
  validateSearch: parseSessionSearch,
  component: lazyRouteComponent(() => import("./pages/sessions/SessionsPage"), "SessionsPage"),
});

const replay = createRoute({
  getParentRoute: () => shell,
  path: "/sessions/$sessionId",
  validateSearch: (search): { action?: string } =>
    typeof search.action === "string" ? { action: search.action } : {},
  component: lazyRouteComponent(() => import("./pages/sessions/ReplayPage"), "ReplayPage"),
});

const policies = createRoute({
  getParentRoute: () => shell,
  path: "/policies",
  component: lazyRouteComponent(() => import("./pages/policies/PoliciesPage"), "PoliciesPage"),
});

const policy = createRoute({
  getParentRoute: () => shell,
  path: "/policies/$policyId",
  component: lazyRouteComponent(() => import("./pages/policies/PolicyPage"), "PolicyPage"),
});

const policyDiff = createRoute({
  getParentRoute: () => shell,
  path: "/policies/$policyId/diff",
  validateSearch: (search): { from?: number; to?: number } => ({
    from: wholeNumber(search.from),
    to: wholeNumber(search.to),
  }),
  component: lazyRouteComponent(() => import("./pages/policies/DiffPage"), "DiffPage"),
});

const playground = createRoute({
  getParentRoute: () => shell,
  path: "/playground",
  component: lazyRouteComponent(
    () => import("./pages/playground/PlaygroundPage"),
    "PlaygroundPage",
  ),
});

const access = createRoute({
  getParentRoute: () => shell,
  path: "/access",
  validateSearch: (search): AccessSearch => parseAccessSearch(search),
  component: lazyRouteComponent(() => import("./pages/access/AccessPage"), "AccessPage"),
});
/** No component of its own: the list stays as it is when another grant is opened. */
const accessDetail = createRoute({ getParentRoute: () => access, path: "$grantId" });

const locks = createRoute({
  getParentRoute: () => shell,
  path: "/locks",
  component: lazyRouteComponent(() => import("./pages/locks/LocksPage"), "LocksPage"),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: (search): { kind?: string } => ({ kind: word(search.kind) }),
  component: lazyRouteComponent(() => import("./pages/audit/AuditPage"), "AuditPage"),
});

const signInSettings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/sign-in",
  validateSearch: (search): { test?: string } => ({ test: word(search.test) }),
  component: lazyRouteComponent(() => import("./pages/settings/SignInSettings"), "SignInSettings"),
});

const issuers = createRoute({
  getParentRoute: () => shell,
  path: "/settings/issuers",
  component: lazyRouteComponent(() => import("./pages/settings/IssuersPage"), "IssuersPage"),
});

const replays = createRoute({
  getParentRoute: () => shell,
  path: "/replays",
  validateSearch: (search): { policy?: string } => ({ policy: word(search.policy) }),
  component: lazyRouteComponent(() => import("./pages/replays/ReplaysPage"), "ReplaysPage"),
});
const replayResult = createRoute({
  getParentRoute: () => shell,
  path: "/replays/$replayId",
  component: lazyRouteComponent(
    () => import("./pages/replays/ReplayResultPage"),
    "ReplayResultPage",
  ),
});

const changes = createRoute({
  getParentRoute: () => shell,
  path: "/changes",
  validateSearch: (search): { change?: string; policy?: string; state?: ChangeState } => ({
    change: word(search.change),
    policy: word(search.policy),
    state: CHANGE_STATES.find((state) => state === search.state),
  }),
  component: lazyRouteComponent(() => import("./pages/changes/ChangesPage"), "ChangesPage"),
});

const sets = createRoute({
  getParentRoute: () => shell,
  path: "/sets",
  validateSearch: (search): { revision?: number } => ({
    revision: wholeNumber(search.revision),
  }),
  component: lazyRouteComponent(() => import("./pages/sets/SetsPage"), "SetsPage"),
});

const documents = createRoute({
  getParentRoute: () => shell,
  path: "/documents",
  validateSearch: (search): { name?: string } => ({ name: word(search.name) }),
  component: lazyRouteComponent(() => import("./pages/documents/DocumentsPage"), "DocumentsPage"),
});

const action = createRoute({
  getParentRoute: () => shell,
  path: "/actions/$actionId",
  component: lazyRouteComponent(() => import("./pages/actions/ActionPage"), "ActionPage"),
});

const targets = createRoute({
  getParentRoute: () => shell,
  path: "/targets",
  component: lazyRouteComponent(() => import("./pages/targets/TargetsPage"), "TargetsPage"),
});

const tools = createRoute({
  getParentRoute: () => shell,
  path: "/tools",
  component: lazyRouteComponent(() => import("./pages/tools/ToolsPage"), "ToolsPage"),
});

const usage = createRoute({
  getParentRoute: () => shell,
  path: "/usage",
  validateSearch: (search): UsageSearch => parseUsageSearch(search),
  component: lazyRouteComponent(() => import("./pages/usage/UsagePage"), "UsagePage"),
});

const principals = createRoute({
  getParentRoute: () => shell,
  path: "/principals",
  component: lazyRouteComponent(
    () => import("./pages/principals/PrincipalsPage"),
    "PrincipalsPage",
  ),
});
const principalDetail = createRoute({ getParentRoute: () => principals, path: "$principalId" });

const edges = createRoute({
  getParentRoute: () => shell,
  path: "/edges",
  validateSearch: (search): { edge?: string } => ({ edge: word(search.edge) }),
  component: lazyRouteComponent(() => import("./pages/edges/EdgesPage"), "EdgesPage"),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: "/users",
  component: lazyRouteComponent(() => import("./pages/users/UsersPage"), "UsersPage"),
});

const routeTree = root.addChildren([
  signIn,
  own.addChildren([authorize, device]),
  shell.addChildren([
    index,
    reviews.addChildren([reviewDetail, requestDetail]),
    access.addChildren([accessDetail]),
    locks,
    audit,
    signInSettings,
    issuers,
    sessions,
    replay,
    policies,
    policy,
    policyDiff,
    playground,
    replays,
    replayResult,
    changes,
    sets,
    documents,
    action,
    targets,
    tools,
    usage,
    principals.addChildren([principalDetail]),
    edges,
    users,
  ]),
]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: "intent",
    defaultErrorComponent: RouteError,
    defaultPendingComponent: Skeleton,
    // The session query decides what is fresh; TanStack Query keeps the rest.
    defaultPreloadStaleTime: 0,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
