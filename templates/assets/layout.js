// The design system's components, which work without this file too.
import { initAll } from "./govuk-frontend/govuk-frontend.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
