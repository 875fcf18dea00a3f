import { LabIcon } from '@jupyterlab/ui-components';

/** A cell that is marked, and what came of it: unlike the contents' rows, which stand beside it. */
export const runsIcon = new LabIcon({
  name: 'cellmark:runs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M5 3h9v2H5v14h14v-6h2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z"/>
    <path d="M16 2h6v9l-3-2.200-3 2.200z"/>
    <path d="M7 13h2v4H7zm4-4h2v8h-2zm4 3h2v5h-2z"/>
  </g>
</svg>`
});
