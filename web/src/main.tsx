import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setCsrfToken, watchSession } from "./api/client";
import { ApiProblem, isLocked } from "./api/problem";
import { me } from "./api/queries";
import { makeRouter } from "./router";
import "./styles/index.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The live stream says when something changed.
      staleTime: 30_000,
      // What the server refused once it refuses again.
      retry: (count, error) =>
        !(error instanceof ApiProblem && error.status >= 400 && error.status < 500) && count < 2,
    },
  },
});
const router = makeRouter(queries);

const lockedPage = { to: "/sign-in", search: { error: "locked" } } as const;
let asking = false;

watchSession({
  ended() {
    const { pathname, href } = router.state.location;
    if (pathname === "/sign-in") return;
    setCsrfToken(null);
    queries.clear();
    void router.navigate({ to: "/sign-in", search: { next: href } });
  },
  changed() {
    void queries.invalidateQueries({ queryKey: me().queryKey });
  },
  async locked() {
    if (asking || router.state.location.pathname === "/sign-in") return;
    asking = true;
    try {
      // It may be an agent of theirs that is locked: they are asked who they are.
      await queries.fetchQuery({ ...me(), staleTime: 0 });
    } catch (problem) {
      if (isLocked(problem)) await router.navigate(lockedPage);
    } finally {
      asking = false;
    }
  },
});

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
