import { LabIcon } from '@jupyterlab/ui-components';

/** Runs as rows, the newest of them marked. */
export const runsIcon = new LabIcon({
  name: 'cellmark:runs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M4 4.5l5 3.5-5 3.5z"/>
    <path d="M11 7h10v2H11zM4 14h2v2H4zm4 0h13v2H8zm-4 5h2v2H4zm4 0h13v2H8z"/>
  </g>
</svg>`
});
