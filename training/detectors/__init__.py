"""Trains the classifiers of `analytics/detectors` from public labelled data and from texts written for it."""
