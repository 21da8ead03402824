/** The one place where TensorFlow enters the project. */
import "./native-settings";
import * as tf from "@tensorflow/tfjs-node-gpu";
import { tellNotes } from "./loading-notes";

tellNotes();

export { tf };
