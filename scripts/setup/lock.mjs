/**
 * One set-up at a time. The lock is a folder that holds one file named after its owner. It is taken by renaming a
 * prepared folder onto it, which succeeds only where there is none or an empty one; a dead owner's lock is broken by
 * removing the file with that owner's name, which can never hit the lock of somebody who came in between.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const staleAfterSeconds = 120; // for an owner on another machine, of which only the heartbeat is seen
const heartbeatMilliseconds = 5000;

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

function ownerOf(lock) {
  try {
    const name = readdirSync(lock)[0];
    if (!name) return null;
    const [pid, host] = JSON.parse(Buffer.from(name, "base64url").toString());
    const idle = (Date.now() - statSync(join(lock, name)).mtimeMs) / 1000;
    return { name, pid, stale: host === hostname() ? !alive(pid) : idle > staleAfterSeconds };
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** Those who were ended while they waited leave their prepared folders behind. */
function removePreparedByTheDead(lock) {
  for (const name of readdirSync(dirname(lock))) {
    const [own, pid] = name.split(".");
    if (own === basename(lock) && pid && !alive(Number(pid)))
      rmSync(join(dirname(lock), name), { recursive: true, force: true });
  }
}

/** Takes the lock, waiting for a living owner; resolves to the function that gives it back. */
export async function takeLock(lock, onWait = () => {}) {
  const name = Buffer.from(JSON.stringify([process.pid, hostname(), Date.now()])).toString("base64url");
  const prepared = `${lock}.${process.pid}`;
  mkdirSync(dirname(lock), { recursive: true });
  rmSync(prepared, { recursive: true, force: true });
  mkdirSync(prepared);
  writeFileSync(join(prepared, name), "");
  for (let waited = false; ;) {
    try {
      renameSync(prepared, lock);
      break;
    } catch (error) {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    }
    const owner = ownerOf(lock);
    if (!owner) continue; // given back between the two looks
    if (owner.stale) {
      rmSync(join(lock, owner.name), { force: true });
      continue;
    }
    if (!waited) onWait(owner.pid);
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  removePreparedByTheDead(lock);
  const mine = join(lock, name);
  const beat = () => existsSync(mine) && utimesSync(mine, new Date(), new Date());
  const heartbeat = setInterval(beat, heartbeatMilliseconds);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    try {
      unlinkSync(mine);
    } catch {
      // somebody removed the whole folder: nothing is left to give back
    }
  };
}
