internal import CYAML

extension YAMLValue {
  /// The value as YAML text, in the file's order and without its comments.
  ///
  /// - Parameter leavesOut: Whether the value at a path, such as `scorers[1]`, is left out.
  package func text(leavingOut leavesOut: (_ path: String) -> Bool) throws(YAMLError) -> String {
    let writer = YAMLWriter()
    guard writer.begin(), write(to: writer, leavesOut), writer.end() else {
      throw error("it can't be written as YAML: \(writer.problem)")
    }
    return writer.text
  }

  private func write(to writer: YAMLWriter, _ leavesOut: (String) -> Bool) -> Bool {
    switch content {
    case .scalar(let text, let plain): return writer.scalar(text, isPlain: plain)
    case .list(let items):
      return writer.list { items.allSatisfy { leavesOut($0.path) || $0.write(to: writer, leavesOut) } }
    case .mapping(let entries):
      return writer.mapping {
        entries.allSatisfy { key, value in
          leavesOut(value.path) || key.write(to: writer, leavesOut) && value.write(to: writer, leavesOut)
        }
      }
    }
  }
}

/// Writes one document by libyaml. Each call says whether it went well.
private final class YAMLWriter {
  private let emitter: UnsafeMutablePointer<yaml_emitter_t>
  private var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  var problem: String { emitter.pointee.problem.map { String(cString: $0) } ?? "out of memory" }

  init() {
    emitter = .allocate(capacity: 1)
    emitter.initialize(to: yaml_emitter_t())
  }

  deinit {
    yaml_emitter_delete(emitter)
    emitter.deallocate()
  }

  func begin() -> Bool {
    guard yaml_emitter_initialize(emitter) == 1 else { return false }
    yaml_emitter_set_output(
      emitter,
      { writer, start, count in
        guard let writer, let start else { return 0 }
        let bytes = UnsafeBufferPointer(start: start, count: count)
        Unmanaged<YAMLWriter>.fromOpaque(writer).takeUnretainedValue().bytes.append(contentsOf: bytes)
        return 1
      }, Unmanaged.passUnretained(self).toOpaque())
    yaml_emitter_set_unicode(emitter, 1)
    // Lines are as long as they are.
    yaml_emitter_set_width(emitter, -1)
    return emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
      && emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
  }

  func end() -> Bool {
    emit { yaml_document_end_event_initialize($0, 1) } && emit { yaml_stream_end_event_initialize($0) }
      && yaml_emitter_flush(emitter) == 1
  }

  /// What was plain stays so where YAML lets it; all else is in double quotes.
  func scalar(_ text: String, isPlain: Bool) -> Bool {
    var text = text
    let style = isPlain ? YAML_ANY_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
    return text.withUTF8 { bytes in
      emit { yaml_scalar_event_initialize($0, nil, nil, bytes.baseAddress, Int32(bytes.count), 1, 1, style) }
    }
  }

  func list(_ items: () -> Bool) -> Bool {
    emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_ANY_SEQUENCE_STYLE) } && items()
      && emit { yaml_sequence_end_event_initialize($0) }
  }

  func mapping(_ entries: () -> Bool) -> Bool {
    emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_ANY_MAPPING_STYLE) } && entries()
      && emit { yaml_mapping_end_event_initialize($0) }
  }

  /// The emitter takes the event over, also where it can't write it.
  private func emit(_ make: (UnsafeMutablePointer<yaml_event_t>) -> Int32) -> Bool {
    var event = yaml_event_t()
    return make(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
  }
}
