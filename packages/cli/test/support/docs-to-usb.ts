/** One source, one destination: for what has to be looked at through a backup of a few files. */
export const docsToUsb = `version: 1
pipelines:
  docs:
    sources: { docs: { type: files, paths: [./docs] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { usb: { type: local, path: ./usb } }
`;
