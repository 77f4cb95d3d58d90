"""Calls the service by NVIDIA's client, and prints what it says as JSON.

Arguments: host and port, the model, a file of preprocessed crops (uint8, one after the other), and image files.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

address, model, crops_file, *images = sys.argv[1:]
client = InferenceServerClient(address, connection_timeout=60, network_timeout=60)

metadata = client.get_model_metadata(model)
_, height, width, channels = metadata["inputs"][0]["shape"]
crops = np.fromfile(crops_file, np.uint8).reshape(-1, height, width, channels)
files = np.array([Path(image).read_bytes() for image in images], np.object_)


def infer(name, array, datatype, binary, names=None):
    tensor = InferInput(name, array.shape, datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    outputs = names and [InferRequestedOutput(one, binary_data=binary) for one in names]
    result = client.infer(model, [tensor], outputs=outputs, request_id="mine")
    assert result.get_response()["id"] == "mine"
    return {
        name: [value.decode() if isinstance(value, bytes) else value for value in result.as_numpy(name).tolist()]
        for name in names or [output["name"] for output in metadata["outputs"]]
    }


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return error.message()
    return None


print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "modelReady": client.is_model_ready(model),
            "unknownReady": client.is_model_ready("nothing"),
            "server": client.get_server_metadata(),
            "model": metadata,
            "cropsAsBytes": infer("crops", crops, "UINT8", True),
            "cropsAsJson": infer("crops", crops[:2], "UINT8", False, ["probabilities"]),
            "imagesAsBytes": infer("images", files, "BYTES", True),
            "refused": refused(lambda: infer("crops", crops[:, 1:], "UINT8", True)),
        }
    )
)
