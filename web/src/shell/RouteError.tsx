import { Link, useRouter } from "@tanstack/react-router";
import { Blank, ProblemNote } from "../ui/States";

/** A page that failed to load or to render. */
export function RouteError({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="page">
      <ProblemNote error={error} onRetry={() => router.invalidate()} />
    </div>
  );
}

export function NotFound() {
  return (
    <Blank title="There is no such page.">
      <Link to="/reviews">Go to the reviews</Link>
    </Blank>
  );
}
