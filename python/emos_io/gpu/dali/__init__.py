"""The implementation of `DeviceDecoder` on DALI's pipelines. DALI is imported when the first of them is built."""
