/** The one place where TensorFlow enters the project. */
import "./native-settings";
import * as tf from "@tensorflow/tfjs-node-gpu";
import { tellNotes } from "./loading-notes";

// No bare expression comes last: the notebooks' kernel takes one for a cell's value, in a module too, and fails.
{
  tellNotes();
}

export { tf };
