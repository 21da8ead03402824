/**
 * TensorFlow's native library reports processor features when it loads, which says nothing about the study.
 * This module must be imported before TensorFlow: the level is read once, at loading. Errors still show.
 */
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

export {};
