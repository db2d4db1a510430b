"""Mask R-CNN in Keras 3 (He et al., "Mask R-CNN", ICCV 2017), split by noun."""
