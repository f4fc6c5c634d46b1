"""Compiles a model for Inferentia2 or Trainium inside a SageMaker job. Standard library only, Python 3.9 or newer."""
