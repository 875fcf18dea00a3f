"""The forms that rows come and answers go in: our own, MLflow's, the Open Inference Protocol's."""
