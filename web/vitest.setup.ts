import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Component tests ask for jsdom themselves; the others have no document.
if (typeof document !== "undefined") {
  afterEach(cleanup);

  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
}
