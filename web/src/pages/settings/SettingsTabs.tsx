import { Link } from "@tanstack/react-router";

/** What is set up once, for all. */
export function SettingsTabs() {
  return (
    <nav className="toolbar" aria-label="Settings">
      <div className="tabs">
        <Link to="/settings/sign-in">Sign-in</Link>
        <Link to="/settings/issuers">Trusted issuers</Link>
      </div>
    </nav>
  );
}
