/** Which Node versions work; in the plainest JavaScript, because any Node must be able to read this file. */

/** The paragraph to print for a Node version such as "v18.1.0", or null where it is one that works: 20.11 <= v < 23. */
export function nodeProblem(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  const tooOld = parts[0] < 20 || (parts[0] === 20 && parts[1] < 11);
  if (!tooOld && parts[0] < 23) return null;
  return (
    "Node " +
    version.replace(/^v/, "") +
    " does not work here: Node 20 (from 20.11) or 22 is needed" +
    (tooOld ? "." : ", because the TensorFlow binding calls functions that Node 23 removed.") +
    "\n  Debian/Ubuntu: sudo apt install nodejs npm (where that is 20 or 22), or with nvm: nvm install 22 && nvm " +
    "use 22" +
    "\n  macOS:         brew install node@22 && brew link --overwrite node@22"
  );
}
