package kotlinx.serialization;

public interface KSerializer<T> {
}
