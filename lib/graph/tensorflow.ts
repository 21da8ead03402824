/** The one place where TensorFlow enters the project. */
import "./native-log";
import * as tf from "@tensorflow/tfjs-node-gpu";

export { tf };
