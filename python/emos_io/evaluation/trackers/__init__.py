"""Scores as what experiment trackers keep: names of scalars, TensorBoard, MLflow. Their libraries are imported where used."""
