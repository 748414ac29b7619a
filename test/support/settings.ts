/**
 * User settings of every workbench that the tests open: quiet, offline and the same each time. Names and values are
 * those of the newest VS Code, which rewrites a file that holds older ones, in the midst of a test.
 */
export type Settings = Record<string, unknown>;

export const quietSettings: Settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Light Modern',
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  // Window settings that a test changes lie there.
  'files.exclude': { '**/.vscode': true },
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  // Otherwise selected blanks are drawn as dots, and read as dots.
  'editor.renderWhitespace': 'none',
  // A drag that starts on selected text must select anew, not move the text.
  'editor.dragAndDrop': false,
  'editor.cursorBlinking': 'solid',
  'files.autoSave': 'off',
  'files.hotExit': 'off',
  'window.confirmBeforeClose': 'never',
};
