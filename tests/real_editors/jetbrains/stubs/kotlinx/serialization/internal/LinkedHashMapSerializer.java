package kotlinx.serialization.internal;

import kotlinx.serialization.KSerializer;

public final class LinkedHashMapSerializer implements KSerializer<Object> {
    public LinkedHashMapSerializer(KSerializer<?> key, KSerializer<?> value) {
    }
}
