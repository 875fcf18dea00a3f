export const PACKAGE_NOTEBOOK = 'cellmark:package-notebook';
/** Only for a task that was begun, and for a page that is loaded again. */
export const OPEN_PACKAGING = 'cellmark:open-packaging';
export const OPEN_BUNDLE = 'cellmark:open-bundle';
